"""What the words of a deletion mean is found out in time that grows as their number does."""

import time

from worker.messages.deletion import DELETION_WORDS, settle
from worker.messages.message import Message


def message(message_id: str, created: float, content_fp: str = "x") -> Message:
    return Message(
        account_id=1,
        chat_id="c",
        id=message_id,
        author_id=5,
        created=created,
        type="text",
        direction="in",
        content=b"{}",
        content_fp=content_fp,
        asof=5_000.0,
    )


def seconds(number: int) -> float:
    """Settle as many of these words as messages that are gone."""
    held = [message(f"m{n}", 100.0 + n) for n in range(number + 1)]
    words = [message(f"w{n}", 4_000.0 + n, DELETION_WORDS) for n in range(number)]
    took = []
    for _ in range(3):
        began = time.thread_time()
        settled = settle([held[0], *words], held, complete=True)
        took.append(time.thread_time() - began)
        assert {one.id for one in settled.lost} == {one.id for one in held[1:]}
    return min(took)


def test_many_words_of_a_deletion_take_no_more_than_their_number() -> None:
    assert seconds(1_000) < 4 * seconds(500)
    assert seconds(1_000) < 50 * seconds(100)
