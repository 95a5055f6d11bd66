"""No body costs more than its length, and what is too large to be read is looked up where it names a chat."""

from functools import partial

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import cost
from tests.support.yardstick import least_cost_s
from tests.worker.builders import CHAT, SELLER
from tests.worker.messages.bodies import NOW, envelope, json_values
from tests.worker.messages.hostile import MADE, largest_that_is_parsed
from worker.messages.envelopes import find_messages
from worker.messages.match import text_word
from worker.messages.webhook import MOST_VALUES, Reading, read_webhook

MOST_S = 0.1
"""CPU of one body, on a calm machine: five times what the dearest one takes. It was 50 s."""


def read(body: bytes) -> Reading:
    return read_webhook(body, SELLER, NOW)


@pytest.mark.parametrize("name", MADE)
def test_no_body_of_the_largest_size_holds_the_worker_up(name: str) -> None:
    for body in (largest_that_is_parsed(name), MADE[name](256 * 1024)):
        assert least_cost_s(partial(read, body), MOST_S) <= MOST_S


@pytest.mark.parametrize("name", MADE)
def test_twice_of_a_body_takes_no_more_than_twice_as_long(name: str) -> None:
    whole = len(largest_that_is_parsed(name))
    ratios = []
    for _ in range(3):
        short, long = (cost.seconds(read, MADE[name](size), 5) for size in (whole // 2, whole))
        ratios.append(long / short if long > 0.002 else 1.0)

    assert min(ratios) <= cost.MOST_GROWTH


def test_a_body_of_too_many_values_is_looked_up_in_the_chat_that_it_names() -> None:
    body = orjson.dumps(envelope(content={"text": "a", "more": [{}] * MOST_VALUES}))

    reading = read(body)

    assert (reading.messages, reading.chats) == ((), (CHAT,))
    assert reading.problem == "more than 2,000 values"


def test_a_hundred_messages_in_one_body_are_shown() -> None:
    values = [envelope(id=f"m{number}")["payload"]["value"] for number in range(100)]

    assert len(read(orjson.dumps(values)).messages) == 100


@given(st.lists(json_values, max_size=3), st.lists(st.sampled_from(["data", "event", "payload"]), max_size=5))
def test_a_message_is_found_with_all_that_stands_around_it(beside: list[object], path: list[str]) -> None:
    value = envelope()["payload"]["value"]
    body: object = value
    for name in path:
        body = {"around": beside, "user_id": SELLER, name: [body]}

    (found,) = [one for one in find_messages(body, SELLER, NOW) if one.value is value]

    assert len(found.around) == len(path)
    assert all(one.ours for one in found.around)


def test_a_text_that_is_longer_than_any_reply_is_none() -> None:
    accents = "\u0301\u0316" * 100_000

    assert text_word(accents) == ""
    assert least_cost_s(partial(text_word, accents), MOST_S) <= MOST_S
