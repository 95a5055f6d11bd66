"""What the outbox knows of an automatic answer: its ref, and when it is left out."""

import pytest

from worker.outbox.automatic import MOST_AGE_S, is_moot, is_ref, may_be_lost, ref_of

CLOSED = (100_000.0, 140_000.0)
NOW = 110_000.0


def test_a_chat_and_an_evening_have_one_name_for_their_answer() -> None:
    names = {ref_of(chat, span) for chat in ("a", "b") for span in (CLOSED, (1.0, 2.0))}

    assert len(names) == 4
    assert ref_of("a", CLOSED) == ref_of("a", (CLOSED[0], CLOSED[1] + 1))


def test_the_ref_of_an_automatic_answer_is_told_from_a_persons() -> None:
    assert is_ref(ref_of("a", CLOSED))
    assert not is_ref("r1")


@pytest.mark.parametrize(("met", "lost"), [(NOW - MOST_AGE_S, False), (NOW - 1, True), (NOW + 1, True)])
def test_an_answer_may_be_lost_while_its_epoch_is_younger_than_the_question(met: float, lost: bool) -> None:
    assert may_be_lost(met, NOW) is lost


@pytest.mark.parametrize(
    ("queued", "since", "others", "moot"),
    [
        (NOW - 5, 1.0, 0, False),
        (NOW - MOST_AGE_S - 1, 1.0, 0, True),
        (NOW - 5, None, 0, True),
        (NOW - 5, 1.0, 1, True),
    ],
    ids=["still wanted", "too late", "answered meanwhile", "a person's answer waits behind it"],
)
def test_an_answer_that_could_not_leave_at_once_may_be_moot(
    queued: float, since: float | None, others: int, moot: bool
) -> None:
    assert is_moot(queued, NOW, since, others) is moot
