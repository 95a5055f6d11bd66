"""Webhook bodies of any content are read, or refused with a reason."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.builders import BUYER, CHAT, SELLER
from worker.messages.message import Message, Unreadable
from worker.messages.reading import read_webhook

NOW = 1_757_403_800.0


def envelope(**value: Any) -> dict[str, Any]:
    message = {
        "id": "0f1e",
        "chat_id": CHAT,
        "user_id": SELLER,
        "author_id": BUYER,
        "created": 1_757_403_725,
        "type": "text",
        "chat_type": "u2i",
        "content": {"text": "Здравствуйте"},
        "item_id": 4_100_200_300,
    }
    payload = {"type": "message", "value": message | value}
    return {"id": "6d0c", "version": "v3.0.0", "timestamp": 1_757_403_726, "payload": payload}


def read(body: Any) -> Message | None:
    return read_webhook(body if isinstance(body, bytes) else orjson.dumps(body), SELLER, NOW)


def read_message_of(body: Any) -> Message:
    result = read(body)
    assert isinstance(result, Message)
    return result


def test_the_v3_envelope_is_understood() -> None:
    webhook = read_message_of(envelope())

    assert (webhook.chat_type, webhook.id, webhook.direction) == ("u2i", "0f1e", "in")
    assert webhook.content == '{"text":"Здравствуйте"}'.encode()


@pytest.mark.parametrize(
    ("given", "known"), [("u2i", "u2i"), ("u2u", "u2u"), ("a2u", "a2u"), ("x2y", ""), (None, ""), ([], "")]
)
def test_only_the_documented_types_of_chats_are_taken_over(given: Any, known: str) -> None:
    assert read_message_of(envelope(chat_type=given)).chat_type == known


@pytest.mark.parametrize("chat_id", [None, "", True, 1.5, ["c"]])
def test_a_message_that_names_no_chat_is_refused(chat_id: Any) -> None:
    with pytest.raises(Unreadable, match="without chat_id"):
        read(envelope(chat_id=chat_id))


def test_a_number_as_chat_id_is_taken_as_text() -> None:
    assert read_message_of(envelope(chat_id=7)).chat_id == "7"


def test_the_short_event_belongs_to_our_account() -> None:
    short = {"id": "7", "chat_id": "c", "author_id": BUYER, "content": "hi", "created": 1_757_403_000}

    message = read_message_of({"message": short | {"type": "text"}})

    assert (message.account_id, message.content, message.direction) == (SELLER, b'{"text":"hi"}', "in")


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}", b'{"test": "message"}', b'{"test": null}'])
def test_probes_are_probes(body: bytes) -> None:
    assert read(body) is None


@pytest.mark.parametrize(
    ("author", "kind", "direction"),
    [
        (BUYER, "text", "in"),
        (SELLER, "text", "out"),
        (0, "text", "system"),
        (1, "text", "system"),
        (BUYER, "system", "system"),
        (SELLER, "system", "system"),
    ],
)
def test_own_and_system_messages_are_told_apart(author: int, kind: str, direction: str) -> None:
    assert read_message_of(envelope(author_id=author, type=kind)).direction == direction


@pytest.mark.parametrize(
    "kind",
    [
        "text",
        "image",
        "system",
        "item",
        "call",
        "link",
        "location",
        "appCall",
        "file",
        "video",
        "voice",
        "new",
    ],
)
def test_every_type_keeps_its_content_as_avito_gave_it(kind: str) -> None:
    content = {"anything": {"nested": [1, 2.5, None, "ё"]}}

    message = read_message_of(envelope(type=kind, content=content))

    assert (message.type, orjson.loads(message.content)) == (kind, content)


@pytest.mark.parametrize(
    "value",
    [{"type": "deleted", "content": {}}, {"type": "text", "content": {"text": "Сообщение удалено"}}],
    ids=["by type", "by text"],
)
def test_both_deletion_forms_delete(value: dict[str, Any]) -> None:
    message = read_message_of(envelope(**value))

    assert (message.deleted, message.type, message.content) == (True, "deleted", b"{}")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff\xfe", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"[" * 100_000, "not JSON"),
        (orjson.dumps({"payload": {"type": "read"}}), "unknown payload type"),
        (orjson.dumps({"hello": 1}), "neither payload nor message"),
        (orjson.dumps(envelope(user_id=5)), "not ours"),
        (orjson.dumps(envelope(created=NOW + 200_000)), "beyond tomorrow"),
        (orjson.dumps(envelope(id=None)), "without id"),
        (orjson.dumps(envelope(author_id="somebody")), "author_id is not a number"),
        (orjson.dumps(envelope(content=[1])), "content is not an object"),
        (orjson.dumps(envelope(created="soon")), "created is not a time"),
    ],
)
def test_an_unreadable_body_has_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["id", "chat_id", "user_id", "author_id", "created", "type", "content", "chat_type", "quote", "read"]


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    _only_verdicts(body)


@given(json_values)
def test_no_json_breaks_the_reader(value: Any) -> None:
    _only_verdicts(_dumps(value))


@given(st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=4))
def test_no_wrong_type_in_an_envelope_breaks_the_reader(changes: dict[str, Any]) -> None:
    _only_verdicts(_dumps(envelope(**changes)))


@given(st.dictionaries(st.text(), json_values, max_size=5))
def test_content_comes_out_as_it_went_in(content: dict[str, Any]) -> None:
    body = _dumps(envelope(type="item", content=content))

    assert orjson.loads(read_message_of(body).content) == orjson.loads(body)["payload"]["value"]["content"]


def _dumps(value: Any) -> bytes:
    return orjson.dumps(value)


def _only_verdicts(body: bytes) -> None:
    with suppress(Unreadable):
        assert isinstance(read(body), Message | None)
