"""What a first answer is, and what it is not."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from worker.features.coach.answers import FirstAnswer, first_answers
from worker.messages.thread import HeldThread, Row

KINDS: dict[str, dict[str, Any]] = {
    "asks": {"incoming": True, "waits": True, "answers": False},
    "answers": {"incoming": False, "waits": False, "answers": True, "shown": b'{"own":{"operator":"olga"}}'},
    "app": {"incoming": False, "waits": False, "answers": True, "shown": b'{"own":null}'},
    "bot": {"incoming": False, "waits": False, "answers": False},
    "system": {"incoming": False, "waits": False, "answers": False},
    "deleted": {"incoming": True, "waits": False, "answers": False},
    "call": {"incoming": True, "waits": True, "answers": True, "shown": b'{"own":null}'},
}


def thread(*kinds: str, whole: bool = True, dismissed: tuple[int, ...] = ()) -> HeldThread:
    """A message a minute, of these kinds, named by their place."""
    rows = tuple(Row(str(n), 60.0 * n, **KINDS[kind]) for n, kind in enumerate(kinds))
    return HeldThread(rows, whole, frozenset(str(n) for n in dismissed))


def told(found: HeldThread) -> list[tuple[int, int, str | None]]:
    """(message it began with, message that answered, by whom)."""
    return [(int(one.id), int(one.answered / 60), one.operator) for one in first_answers(found).answers]


def test_the_wait_begins_with_the_first_of_a_run_and_ends_with_the_first_answer() -> None:
    found = first_answers(thread("asks", "asks", "answers", "answers", "asks", "app"))

    assert found.answers == (FirstAnswer("0", 0.0, 120.0, "olga"), FirstAnswer("4", 240.0, 300.0, None))
    assert found.none == ("1",)


def test_bots_automatic_answers_and_system_lines_neither_begin_nor_end_a_wait() -> None:
    assert told(thread("system", "bot", "asks", "bot", "system", "answers")) == [(2, 5, "olga")]


def test_a_deleted_question_is_none() -> None:
    assert told(thread("deleted", "asks", "answers", "deleted", "answers")) == [(1, 2, "olga")]


def test_a_call_that_was_taken_answers_and_is_no_question() -> None:
    assert told(thread("asks", "call")) == [(0, 1, None)]
    assert told(thread("call", "answers")) == []


def test_a_chat_that_needs_no_answer_counts_as_nothing() -> None:
    assert told(thread("asks", "answers", "asks", "asks", "answers", dismissed=(2,))) == [
        (0, 1, "olga"),
        (3, 4, "olga"),
    ]


def test_a_buyer_who_was_never_answered_has_no_first_answer() -> None:
    assert told(thread("answers", "asks", "asks")) == []


def test_a_wait_whose_beginning_is_no_longer_held_is_left_out() -> None:
    found = first_answers(thread("asks", "asks", "answers", "asks", "answers", whole=False))

    assert [one.id for one in found.answers] == ["3"]
    assert found.none == ()


def spelled_out(found: HeldThread) -> list[tuple[int, int]]:
    """The definition, word by word: each answer with the first question since what ended the wait before."""
    pairs: list[tuple[int, int]] = []
    for at, row in enumerate(found.rows):
        earlier = found.rows[:at]
        ends = [n for n, one in enumerate(earlier) if one.answers or one.id in found.dismissed]
        since = ends[-1] + 1 if ends else 0
        questions = [n for n in range(since, at) if earlier[n].waits]
        if row.answers and questions:
            pairs.append((questions[0], at))
    return pairs


@given(
    st.lists(st.sampled_from(sorted(KINDS)), max_size=20),
    st.sets(st.integers(0, 19), max_size=3).map(tuple),
)
def test_every_thread_is_read_by_the_definition(kinds: list[str], dismissed: tuple[int, ...]) -> None:
    found = thread(*kinds, dismissed=dismissed)

    assert [pair[:2] for pair in told(found)] == spelled_out(found)
    answers = first_answers(found)
    assert not {one.id for one in answers.answers} & set(answers.none)
