"""Webhook bodies of any content are shown, looked up, or refused with a reason."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.builders import BUYER, CHAT, SELLER
from tests.worker.messages.bodies import NOW, envelope, json_values, mutated
from worker.messages.message import Message
from worker.messages.webhook import Reading, read_webhook

ACCEPTED = NOW - 3.5


def read(body: Any) -> Reading:
    return read_webhook(body if isinstance(body, bytes) else orjson.dumps(body), SELLER, NOW, ACCEPTED)


def read_message_of(body: Any) -> Message:
    (message,) = read(body).messages
    return message


def test_the_v3_envelope_is_understood() -> None:
    webhook = read_message_of(envelope())

    assert (webhook.chat_type, webhook.id, webhook.direction) == ("u2i", "0f1e", "in")
    assert webhook.content == '{"text":"Здравствуйте"}'.encode()


@pytest.mark.parametrize(
    ("given", "known"), [("u2i", "u2i"), ("u2u", "u2u"), ("a2u", "a2u"), ("x2y", ""), (None, ""), ([], "")]
)
def test_only_the_documented_types_of_chats_are_taken_over(given: Any, known: str) -> None:
    assert read_message_of(envelope(chat_type=given)).chat_type == known


@pytest.mark.parametrize("chat_id", [None, "", " ", True, 1.5, [], {}])
def test_a_message_that_names_no_chat_is_refused_and_its_id_kept(chat_id: Any) -> None:
    reading = read(envelope(chat_id=chat_id))

    assert (reading.problem, reading.chats, reading.message_ids) == ("message without chat_id", (), ("0f1e",))


@pytest.mark.parametrize("chat_id", [".", ".."])
def test_a_message_of_a_chat_that_no_address_can_hold_is_refused_and_not_looked_up(chat_id: str) -> None:
    reading = read(envelope(chat_id=chat_id))

    assert (reading.problem, reading.chats) == (f"chat_id '{chat_id}' is no id", ())


@pytest.mark.parametrize("message_id", [".", ".."])
def test_a_message_that_no_address_can_hold_is_looked_up_in_its_chat(message_id: str) -> None:
    reading = read(envelope(id=message_id))

    assert (reading.problem, reading.chats) == (f"id '{message_id}' is no id", (CHAT,))


def test_a_number_as_chat_id_is_taken_as_text() -> None:
    assert read_message_of(envelope(chat_id=7)).chat_id == "7"


@pytest.mark.parametrize("chat_id", [f" {CHAT} ", f"{CHAT}\n", f"\0{CHAT}"])
def test_space_around_an_id_is_no_part_of_it(chat_id: str) -> None:
    message = read_message_of(envelope(chat_id=chat_id, id=" 0f1e\t"))

    assert (message.chat_id, message.id) == (CHAT, "0f1e")


@pytest.mark.parametrize(
    "user_id", ["", [], {}, True, [SELLER], {"id": SELLER}, f" {SELLER} ", f"{SELLER}.0", [str(SELLER)]]
)
def test_an_account_that_is_ours_or_none_is_read(user_id: Any) -> None:
    assert read_message_of(envelope(user_id=user_id)).id == "0f1e"


def test_the_short_event_belongs_to_our_account() -> None:
    short = {"id": "7", "chat_id": "c", "author_id": BUYER, "content": "hi", "created": 1_757_403_000}

    message = read_message_of({"message": short | {"type": "text"}})

    assert (message.account_id, message.content, message.direction) == (SELLER, b'{"text":"hi"}', "in")


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}", b'{"test": "message"}', b'{"test": null}'])
def test_probes_are_probes(body: bytes) -> None:
    assert read(body).is_probe


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


def test_a_deletion_by_type_deletes() -> None:
    message = read_message_of(envelope(type="deleted", content={}))

    assert (message.deleted, message.type, message.content) == (True, "deleted", b"{}")


@pytest.mark.parametrize("text", ["Сообщение удалено", " Сообщение\N{NO-BREAK SPACE}удалено "])
def test_the_words_of_a_deletion_are_only_a_notice(text: str) -> None:
    message = read_message_of(envelope(content={"text": text}))

    assert (message.announces_deletion, message.deleted) == (True, False)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff\xfe", "not JSON"),
        (b"[1]", "no message in it"),
        (b"1", "not a JSON object"),
        (b"[" * 1_000, "not JSON"),
        (b"[" * 100_000, "more than 2,000 values"),
        (orjson.dumps(orjson.dumps([{}] * 1_001).decode()), "more than 2,000 values"),
        (orjson.dumps({"payload": {"type": "read"}}), "unknown payload type"),
        (orjson.dumps({"hello": 1}), "no message in it"),
        (orjson.dumps(envelope(user_id=5)), "not ours"),
        (orjson.dumps(envelope(user_id="5")), "not ours"),
        (orjson.dumps(envelope(created=NOW + 200_000)), "beyond tomorrow"),
        (orjson.dumps(envelope(created=1e30)), "beyond tomorrow"),
        (orjson.dumps(envelope(id=None)), "without id"),
        (orjson.dumps(envelope(author_id="somebody")), "author_id is not a number"),
    ],
)
def test_an_unreadable_body_has_a_reason(body: bytes, reason: str) -> None:
    reading = read(body)

    assert reason in reading.problem
    assert not reading.messages


@pytest.mark.parametrize(
    "change",
    [{"id": None}, {"author_id": None}, {"author_id": "somebody"}, {"created": NOW * 2}],
    ids=["no id", "no author", "an author without a number", "a time beyond tomorrow"],
)
def test_a_message_that_cannot_be_shown_is_looked_up_in_its_chat(change: dict[str, Any]) -> None:
    assert read(envelope(**change)).chats == (CHAT,)


@pytest.mark.parametrize("account", [0, 1, 5, "5", 5.0, 2**40, -5, "x", [5], {"id": 5}])
def test_another_account_is_neither_shown_nor_looked_up(account: Any) -> None:
    for body in (envelope(user_id=account), envelope(user_id=account, id=None)):
        reading = read(body)
        assert (reading.messages, reading.chats, reading.message_ids) == ((), (), ())


def test_ids_and_times_may_be_texts_or_numbers() -> None:
    texts = envelope(user_id=str(SELLER), author_id=str(BUYER), created="1757403725")
    message = read_message_of(texts)
    assert (message.author_id, message.created, message.direction) == (BUYER, 1_757_403_725, "in")

    assert read_message_of(envelope(id=42)).id == "42"


@pytest.mark.parametrize(
    ("created", "read_as"),
    [
        (1_757_403_725_000, 1_757_403_725),
        (1_757_403_725_000_000, 1_757_403_725),
        (1_757_403_725.5, 1_757_403_725.5),
        ("1757403725000", 1_757_403_725),
        ("2025-09-09T07:42:05Z", 1_757_403_725),
        ("2025-09-09T10:42:05+03:00", 1_757_403_725),
    ],
)
def test_a_time_is_read_in_any_unit(created: Any, read_as: float) -> None:
    message = read_message_of(envelope(created=created))

    assert (message.created, message.doubtful) == (read_as, False)


@pytest.mark.parametrize("created", [None, 0, -1, "soon", "", True, [], 10**9 / 2])
def test_without_a_time_that_of_the_envelope_is_taken_and_avito_asked(created: Any) -> None:
    message = read_message_of(envelope(created=created))

    assert (message.created, message.doubtful) == (1_757_403_726, True)


def test_without_any_time_that_of_its_acceptance_is_taken() -> None:
    body = envelope(created=None) | {"timestamp": 1}

    assert read_message_of(body).created == int(ACCEPTED)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("hi", "hi"),
        (42, "42"),
        (["a", "b"], "a\nb"),
        ([{"text": "a"}], "a"),
        ({"content": {"text": "a"}}, "a"),
        ({"text": {"text": "a"}}, "a"),
        ({"text": 5}, "5"),
        ({"body": "a"}, "a"),
    ],
)
def test_a_text_is_found_in_content_of_any_form(content: Any, text: str) -> None:
    assert orjson.loads(read_message_of(envelope(content=content)).content)["text"] == text


@pytest.mark.parametrize("content", [None, [], {}, {"text": None}, {"text": ""}, {"more": [1]}, True])
def test_a_text_without_words_is_shown_and_looked_up(content: Any) -> None:
    message = read_message_of(envelope(content=content))

    assert (message.type, message.doubtful) == ("text", True)


@pytest.mark.parametrize(
    ("content", "kind"),
    [({"text": "hi"}, "text"), ({"voice": {"voice_id": "v"}}, "voice"), ({}, "unknown")],
)
@pytest.mark.parametrize("said", [None, "", 7, [], "message", "new_message"])
def test_without_a_kind_the_content_tells_it(said: Any, content: dict[str, Any], kind: str) -> None:
    assert read_message_of(envelope(type=said, content=content)).type == kind


@pytest.mark.parametrize(
    ("said", "kind"),
    [("appcall", "appCall"), ("TEXT", "text"), ("system_message", "system"), ("sticker", "sticker")],
)
def test_a_kind_is_known_in_other_spellings(said: str, kind: str) -> None:
    assert read_message_of(envelope(type=said, content={})).type == kind


@pytest.mark.parametrize(
    "named",
    [
        {"chat_id": CHAT},
        {"chat": {"id": CHAT}},
        {"data": [{"Channel-ID": CHAT}]},
        {"contacts": {"chat": {"value": CHAT}}},
        {"link": f"https://www.avito.ru/profile/messenger/channel/{CHAT}?x=1"},
        {"a": {"b": {"c": [[CHAT]]}}},
        {"chat_ids": [CHAT]},
        {"chats": [{"id": CHAT}]},
        {"room_id": CHAT},
        {"chatUuid": CHAT},
        {"chats": {CHAT: {"unread": 1}}},
        {"test": True, "chat_id": CHAT},
    ],
)
def test_a_chat_is_found_wherever_it_is_named(named: dict[str, Any]) -> None:
    assert read({"something": 1} | named).chats == (CHAT,)


@pytest.mark.parametrize("key", ["chat_ids", "chats", "roomId", "chat_uuid"])
def test_a_chat_is_found_by_the_key_whatever_its_id_looks_like(key: str) -> None:
    assert read({"payload": {"value": {key: ["c0ffee"]}}}).chats == ("c0ffee",)


@pytest.mark.parametrize(
    "body",
    [
        orjson.dumps(envelope(chat_id=CHAT)).replace(b'"user_id"', b'"chat_id":null,"user_id"'),
        orjson.dumps(envelope())[:-1] + b',"payload":null}',
        orjson.dumps(envelope(chat_id=None, content={"text": "a", "chat_id": CHAT})),
        b'{"a":' * 500 + orjson.dumps(envelope()) + b"}" * 500,
        orjson.dumps(f"a message in {CHAT}"),
        orjson.dumps(envelope()).split(b'"user_id":')[0] + b'"user_id":9',
        b'{"chat_id": ".." "a": "' + CHAT.encode() + b'"}',
    ],
    ids=[
        "given twice",
        "an envelope given twice",
        "in the content",
        "deep",
        "a text",
        "a cut account",
        "no id",
    ],
)
def test_a_chat_that_is_lost_in_parsing_is_found_in_the_bytes(body: bytes) -> None:
    reading = read(body)

    assert (reading.messages, reading.chats) == ((), (CHAT,))


@pytest.mark.parametrize("body", [b"chat_id=c0ffee&user_id=5", b'{"user_id":5,"chat_id":"c0ffee","te'])
def test_what_is_no_json_is_not_looked_up_for_another_account(body: bytes) -> None:
    assert read(body).problem == "account 5 is not ours"
    assert read(body).chats == ()


def test_an_account_within_a_person_is_not_whom_the_body_is_for() -> None:
    assert read({"chat_id": CHAT, "author": {"user_id": BUYER}}).chats == (CHAT,)


def _value(**changes: Any) -> dict[str, Any]:
    value: dict[str, Any] = envelope(**changes)["payload"]["value"]
    return value


@pytest.mark.parametrize(
    "body",
    [
        _value(),
        {"message": _value()},
        {"value": _value()},
        {"payload": _value()},
        {"event": "message.created", "data": {"message": _value()}},
        {"version": "v1", "payload": {"type": "message", "message": _value()}},
        {"payload": {"value": _value()}},
        orjson.dumps(envelope()).decode(),
        {"payload": orjson.dumps(_value()).decode()} | _value(),
        {"chat": {"id": CHAT}, "message": {k: v for k, v in _value().items() if k != "chat_id"}},
        {"chatId": CHAT, "userId": SELLER, "messageId": "0f1e", "authorId": BUYER}
        | {"createdAt": 1_757_403_725, "text": "Здравствуйте"},
    ],
)
def test_a_message_is_found_in_any_envelope(body: Any) -> None:
    message = read_message_of(body)

    assert (message.id, message.chat_id, message.author_id) == ("0f1e", CHAT, BUYER)
    assert orjson.loads(message.content)["text"] == "Здравствуйте"


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"payload": {"value": rows}}])
def test_each_message_of_a_list_is_read(wrap: Any) -> None:
    rows = [_value(id="m1"), _value(id="m2", chat_id="another"), _value(id="m3", author_id=None)]

    reading = read(wrap(rows))

    assert [(message.id, message.chat_id) for message in reading.messages] == [
        ("m1", CHAT),
        ("m2", "another"),
    ]
    assert (reading.chats, reading.message_ids) == ((CHAT,), ("m3",))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"ab \ud83d", "ab \N{REPLACEMENT CHARACTER}"),
        (b"ab \xff", "ab \N{REPLACEMENT CHARACTER}"),
        (b"ab \x01\x85", "ab \x01\N{REPLACEMENT CHARACTER}"),
        (rb"ab \u0000", "ab \0"),
    ],
    ids=["half a surrogate pair", "not UTF-8", "control characters", "NUL"],
)
def test_signs_that_are_none_do_not_make_a_message_unreadable(body: bytes, text: str) -> None:
    message = read_message_of(orjson.dumps(envelope()).replace("Здравствуйте".encode(), body))

    assert orjson.loads(message.content)["text"] == text


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read(b"\xef\xbb\xbf{}").is_probe
    assert read_message_of(b"\xef\xbb\xbf" + orjson.dumps(envelope())).id == "0f1e"


def test_content_that_is_nested_too_deeply_is_cut_off() -> None:
    body = orjson.dumps(envelope(type="new", content={"title": "a", "more": "deep"}))

    message = read_message_of(body.replace(b'"deep"', b'{"deeper":' * 1_000 + b"1" + b"}" * 1_000))

    assert orjson.loads(message.content)["title"] == "a"


def test_a_text_of_250_kb_is_kept_whole_and_larger_content_is_cut_off() -> None:
    text = "x" * 250_000
    assert orjson.loads(read_message_of(envelope(content={"text": text})).content) == {"text": text}

    many = {f"part {number}": text for number in range(4)}
    for content in ({"text": text, "more": text}, {"text": "a", "more": [text]}, {"text": "a"} | many):
        message = read_message_of(envelope(content=content))
        assert len(message.content) < 262_144
        assert orjson.loads(message.content)["text"][0] in "ax"


@pytest.mark.parametrize(
    "body",
    [
        orjson.dumps(envelope())[:-40],
        b'{"a":' * 3_000 + orjson.dumps(envelope()) + b"}" * 3_000,
        b"payload=%7B%22chat_id%22%3A%22" + CHAT.encode() + b"%22%7D",
        orjson.dumps(envelope()).replace(b'"', b"'"),
    ],
    ids=["cut off", "nested too deeply", "a form", "the wrong quotes"],
)
def test_a_body_that_is_no_json_is_looked_up_in_the_chat_that_it_names(body: bytes) -> None:
    assert read(body).chats == (CHAT,)


@pytest.mark.parametrize("kind", ["message_read", "chat_archived", "message.updated", "typing"])
def test_an_event_that_is_no_message_is_looked_up_in_its_chat(kind: str) -> None:
    value = {"chat_id": CHAT, "user_id": SELLER, "read": 1_757_403_725}

    reading = read({"payload": {"type": kind, "value": value}})

    assert (reading.is_event, reading.chats, reading.problem) == (True, (CHAT,), "")


@pytest.mark.parametrize(
    ("body", "product"),
    [
        ({"applyId": "623850d1"}, "job_application"),
        ({"vacancyId": 7, "resume": {"id": 1}}, "job_application"),
        ({"event_type": "new_order", "data": {"order_id": "1", "customer": {"name": "x"}}}, "order"),
        ({"orderId": "7", "status": "paid"}, "order"),
        ({"source": "avito", "event": "lead.created", "data": {"phone": None}}, "lead"),
        ({"call": {"callId": 1, "buyerPhone": "7", "talkDuration": 3}, "error": {}}, "call"),
        ({"callId": 1, "virtualPhone": "7"}, "call"),
        ({"booking": {"id": 1, "check_in": "2026-01-01"}}, "booking"),
        ([{"event": "booking_created", "id": 1}], "booking"),
        ({"newOrder": {"id": 5}, "items": [], "delivery": {}}, "order"),
        ({"event": "vacancy.apply_created", "data": {}}, "job_application"),
        ({"leadId": 1, "itemId": 2}, "lead"),
        ({"avitoParcelId": 7}, "delivery"),
        ({"reviewId": 1, "text": "Отлично", "author": {"name": "x"}}, "review"),
        ({"payload": {"type": "order", "value": {"id": 1, "user_id": SELLER}}}, "order"),
        ({"payload": {"type": "status_changed", "value": {"booking_id": 1}}}, "booking"),
        ({"payload": {"type": "order_created", "value": {"id": 1, "chat_id": CHAT}}}, "order"),
    ],
)
def test_other_products_of_avito_are_told_by_their_shape(body: Any, product: str) -> None:
    reading = read(body)

    assert (reading.product, reading.messages) == (product, ())
    assert "this address is for the messenger" in reading.problem


@pytest.mark.parametrize(
    "body",
    [
        {"chat_id": CHAT, "item_id": 5, "last_message": {"text": "order"}},
        {"event": "chat.created", "chat_id": CHAT, "context": {"type": "item", "value": {"price": 5}}},
        {"users": [{"id": 1, "rating": 5}], "chat_id": CHAT},
        {"channel": CHAT, "callback_url": "https://x"},
        {"payload": {"value": {"chat_id": CHAT, "call": {"status": "missed"}}}},
        {"payload": {"type": "chat.item_changed", "value": {"chat_id": CHAT}}},
        {"callback": 1},
        {"feedback": 1},
    ],
)
def test_what_chats_have_as_well_makes_no_product(body: dict[str, Any]) -> None:
    reading = read(body)

    assert (reading.product, reading.chats) == ("", (CHAT,) if CHAT in str(body) else ())


@given(mutated())
def test_no_mutation_of_a_message_loses_it(body: bytes) -> None:
    """It is shown, or its chat is looked up."""
    reading = read(body)

    assert reading.messages or reading.chats


@given(mutated(text="[Системное сообщение] Клиент посмотрел номер"))
def test_no_mutation_makes_a_system_text_ring(body: bytes) -> None:
    said = [message for message in read(body).messages if "[Системное".encode() in message.content]

    assert {message.direction for message in said} <= {"system"}
    assert not {message.notice for message in said} & {"words", "lead", "call"}


FIELDS = ["id", "chat_id", "user_id", "author_id", "created", "type", "content", "chat_type", "quote", "read"]


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    read(body)


@given(json_values)
def test_no_json_breaks_the_reader(value: Any) -> None:
    read(_dumps(value))


@given(st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=4))
def test_no_wrong_type_in_an_envelope_breaks_the_reader(changes: dict[str, Any]) -> None:
    read(_dumps(envelope(**changes)))


@given(st.dictionaries(st.text(), json_values, max_size=5))
def test_content_comes_out_as_it_went_in(content: dict[str, Any]) -> None:
    body = _dumps(envelope(type="item", content=content))

    assert orjson.loads(read_message_of(body).content) == orjson.loads(body)["payload"]["value"]["content"]


def _dumps(value: Any) -> bytes:
    return orjson.dumps(value)
