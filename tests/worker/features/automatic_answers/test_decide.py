"""Who is due an automatic answer, and who is not."""

from typing import Any

import orjson
import pytest

from worker.features.automatic_answers.decide import is_due
from worker.messages.thread import HeldThread, Row
from worker.outbox.automatic import MOST_AGE_S

CLOSED = (100_000.0, 140_000.0)
NOW = 110_000.0


def asks(ago: float = 5, **shown: Any) -> Row:
    return row(ago, incoming=True, waits=True, **shown)


def row(
    ago: float, *, incoming: bool = False, waits: bool = False, answers: bool = False, **shown: Any
) -> Row:
    return Row(f"m{ago}", NOW - ago, incoming, waits, answers, orjson.dumps(shown))


def thread(*rows: Row, dismissed: tuple[str, ...] = (), **chat: Any) -> HeldThread:
    known = orjson.dumps({"type": "u2i", "enriched": True} | chat)
    return HeldThread(tuple(sorted(rows, key=lambda one: one.created)), True, frozenset(dismissed), known)


def test_a_buyer_who_writes_while_closed_is_answered() -> None:
    assert is_due(thread(asks()), CLOSED, NOW)
    assert is_due(thread(row(20_000, answers=True), asks(60), asks(5)), CLOSED, NOW)


AUTOMATIC: dict[str, Any] = {"own": {"operator": None, "automatic": True}}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row(5)],
        [asks(MOST_AGE_S + 1)],
        [asks(-MOST_AGE_S - 1)],
        [asks(content={"flow_id": "some_bot"})],
        [row(5, incoming=True)],
        [asks(50), row(40, answers=True), asks(5)],
        [asks(50), row(40, incoming=True, waits=True, answers=True), asks(5)],
        [asks(50), row(40, **AUTOMATIC), asks(5)],
    ],
    ids=[
        "no messages",
        "a system line",
        "an old message found late",
        "a clock far ahead",
        "a bot",
        "a deleted message",
        "a person answered this evening",
        "a call was taken this evening",
        "it was answered automatically this evening",
    ],
)
def test_no_other_chat_is_answered(rows: list[Row]) -> None:
    assert not is_due(thread(*rows), CLOSED, NOW)


@pytest.mark.parametrize("kind", ["u2i", "u2u", None, "z2z"])
def test_a_chat_of_whatever_type_is_with_a_buyer_unless_it_is_avitos_own(kind: str | None) -> None:
    assert is_due(thread(asks(), type=kind), CLOSED, NOW)
    assert not is_due(thread(asks(), type="a2u"), CLOSED, NOW)


def test_a_seller_of_whom_we_buy_gets_no_automatic_answer() -> None:
    assert not is_due(thread(asks(), buying=True), CLOSED, NOW)


def test_avito_has_a_minute_to_say_whose_item_it_is() -> None:
    assert not is_due(thread(asks(5), enriched=False), CLOSED, NOW)
    assert is_due(thread(asks(60), asks(5), enriched=False), CLOSED, NOW)


def test_a_system_message_is_not_answered_even_if_the_owner_lets_it_wait() -> None:
    assert not is_due(thread(row(5, waits=True)), CLOSED, NOW)


def test_the_edges_of_the_evening_and_of_the_age_count() -> None:
    assert is_due(thread(asks(NOW - CLOSED[0]), asks()), CLOSED, NOW)
    assert not is_due(thread(row(NOW - CLOSED[0], answers=True), asks()), CLOSED, NOW)
    assert is_due(thread(asks(MOST_AGE_S)), CLOSED, NOW)


LOST = "Мы закрыты"


@pytest.mark.parametrize(
    ("other", "due"),
    [
        (row(40, answers=True, content={"text": "Мы  закрыты"}), True),
        (row(40, answers=True, content={"text": "Да, продаём"}), False),
        (row(40, answers=True, content={"text": LOST}, own={"operator": "olga"}), False),
        (row(40, incoming=True, waits=True, answers=True, content={"text": LOST}), False),
    ],
    ids=["the lost answer itself", "other words", "an operator wrote it", "the buyer wrote it"],
)
def test_a_lost_automatic_answer_is_not_taken_for_a_persons(other: Row, *, due: bool) -> None:
    assert is_due(thread(asks(50), other, asks(5)), CLOSED, NOW, LOST) is due


def test_avitos_own_chats_and_those_that_need_no_answer_are_left_alone() -> None:
    assert not is_due(thread(asks(), type="a2u"), CLOSED, NOW)
    assert not is_due(thread(asks(50), asks(5), dismissed=("m50",)), CLOSED, NOW)


def test_a_message_from_before_closing_is_not_answered_when_the_shop_closes() -> None:
    assert not is_due(thread(asks(30)), (NOW - 20, NOW + 1000), NOW)


def test_yesterdays_automatic_answer_does_not_count_tonight() -> None:
    assert is_due(thread(row(NOW - CLOSED[0] + 1, **AUTOMATIC), asks()), CLOSED, NOW)
