from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.avito.test_chats import JSON
from tests.worker.builders import BUYER, CHAT, SELLER
from worker.avito.sent import Uploaded, read_sent, read_uploaded
from worker.messages.message import Message, Unreadable

ASOF = 1_757_404_000.0
LINK = "https://img.example.test/1.jpg"
ANSWER = {"id": "m1", "type": "text", "created": 1757403999, "content": {"text": "Да"}, "direction": "out"}
FAILED = [
    {"error": {"code": 403, "message": "no"}, "id": "request-7"},
    {"errors": ["no"], "result": {"id": "m1"}},
    {"ok": False, "id": "request-7"},
    {"success": False, "id": "request-7"},
    {"status": "error", "id": "request-7"},
]


def sent(data: Any, kind: str = "text") -> Message:
    return read_sent(data, SELLER, CHAT, ASOF, kind=kind)


@pytest.mark.parametrize(
    "data",
    [
        ANSWER,
        [ANSWER],
        {"result": ANSWER},
        {"message": ANSWER},
        {"result": {"message": ANSWER}, "id": 5},
        {"data": [ANSWER]},
        {"payload": {"value": ANSWER}},
        {"error": None, **ANSWER},
        ANSWER | {"message": "created"},
        {"ok": True, "message_id": "m1", "created": 1757403999, "content": {"text": "Да"}},
    ],
)
def test_a_sent_message_is_read_wherever_it_is_wrapped(data: Any) -> None:
    message = sent(data)

    assert (message.id, message.created, orjson.loads(message.content)) == ("m1", 1757403999, {"text": "Да"})


@pytest.mark.parametrize(
    "data",
    [
        {"id": "m1"},
        {"id": "m1", "author_id": 0, "type": "system", "created": "yesterday", "content": "ок"},
        {"id": "m1", "author_id": BUYER, "type": None, "created": None, "content": [1]},
        {"id": "m1", "author_id": [], "type": 7, "created": 0, "content": None},
        {"id": "m1", "created": ASOF + 90_000},
        {"id": "m1", "created": 10**30},
    ],
)
def test_a_sent_message_is_ours_and_of_now_whatever_else_is_told(data: Any) -> None:
    message = sent(data, "image")

    assert (message.direction, message.author_id, message.type) == ("out", SELLER, "image")
    assert message.created == ASOF


def test_a_number_is_the_id_of_a_sent_message_too() -> None:
    assert sent({"id": 9007199254740993}).id == "9007199254740993"


def test_an_operators_words_of_a_deletion_are_no_deletion() -> None:
    assert not sent({"id": "m1", "content": {"text": "Сообщение удалено"}}).deleted


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        "ok",
        7,
        {"id": ""},
        {"id": " "},
        {"id": 0},
        {"id": ".."},
        {"id": None},
        {"id": True},
        {"id": {"a": 1}},
        {"ok": True},
        {"error": None},
        {"message": "ок"},
        {"content": {"text": "ок"}, "created": 1793000000, "direction": "out", "type": "text"},
        *FAILED,
    ],
)
def test_a_send_without_a_usable_id_is_refused(data: Any) -> None:
    with pytest.raises(Unreadable):
        sent(data)


SIZES = {"140x105": LINK, "32x32": None}


@pytest.mark.parametrize(
    "data",
    [
        {"7.a": SIZES},
        {"result": {"7.a": SIZES}},
        [{"7.a": SIZES}],
        {"images": [{"id": "7.a", "sizes": SIZES}]},
        {"id": "7.a", "sizes": SIZES},
        {"image_id": "7.a", **SIZES},
        {"id": "7.a", "image": {"sizes": SIZES}},
        {"error": None, "7.a": SIZES},
    ],
)
def test_an_upload_gives_its_id_and_where_the_sizes_are(data: Any) -> None:
    assert read_uploaded(data) == Uploaded("7.a", {"140x105": LINK})


@pytest.mark.parametrize("data", [{"7.a": None}, {"7.a": []}, {"7.a": {}}, {"7.a": LINK}, {"id": "7.a"}])
def test_an_upload_needs_no_sizes(data: Any) -> None:
    assert read_uploaded(data) == Uploaded("7.a", {})


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        "7",
        {"": {}},
        {"ok": True},
        {"error": {"code": 500}},
        {"id": ""},
        {"result": {}},
        {"a": None},
        *FAILED,
    ],
)
def test_an_upload_without_an_id_is_refused(data: Any) -> None:
    with pytest.raises(Unreadable):
        read_uploaded(data)


NAMES = st.sampled_from(
    ["id", "message", "result", "data", "created", "content", "author_id", "image", "sizes"]
)
ANSWERS = st.recursive(
    JSON, lambda some: st.lists(some, max_size=3) | st.dictionaries(NAMES, some, max_size=4)
)


@given(ANSWERS)
def test_any_answer_is_read_or_is_unreadable(data: Any) -> None:
    for read in (sent, read_uploaded):
        try:
            read(data)
        except Unreadable:
            continue


@given(ANSWERS)
def test_what_is_read_of_any_answer_is_a_message_of_ours_and_not_of_the_future(data: Any) -> None:
    try:
        message = sent(data)
    except Unreadable:
        return
    assert message.direction == "out"
    assert message.created <= ASOF + 86_400
