"""Pages of messages older than we hold, cut from Avito's own pages."""

from hypothesis import given
from hypothesis import strategies as st

from shared.wires.threads import ThreadCursor, is_cursor, read_cursor, write_cursor
from tests.worker.builders import make_message
from worker.avito.responses import MessagePage
from worker.jobs.older_messages import older_messages_of, shown
from worker.messages.message import Message

HUNDRED = 100


def thread(count: int) -> list[Message]:
    """Oldest first; three messages in each second."""
    return [make_message(f"m{n:03}", created=1_700_000_000 + n // 3) for n in range(count)]


def page_at(messages: list[Message], offset: int) -> MessagePage:
    end = len(messages) - offset
    rows = tuple(messages[max(0, end - HUNDRED) : max(0, end)])
    return MessagePage(rows, len(rows), 0, more=end > HUNDRED)


@given(st.integers(1, 350), st.integers(1, 60), st.integers(0, 9), st.integers(0, 12))
def test_page_by_page_every_older_message_comes_once_and_in_order(
    count: int, limit: int, newer_meanwhile: int, hint_is_off_by: int
) -> None:
    messages = thread(count)
    held = min(count, 20)
    oldest = messages[-held]
    place: ThreadCursor | None = ThreadCursor(held, oldest.created, oldest.id)
    now = messages + [make_message(f"n{n}", created=1_800_000_000 + n) for n in range(newer_meanwhile)]
    found: list[Message] = []
    while place is not None:
        offset = max(0, place.after - hint_is_off_by)
        part, above = older_messages_of(page_at(now, offset), offset, place, limit)
        while not part and page_at(now, offset).more:
            offset += HUNDRED
            part, above = older_messages_of(page_at(now, offset), offset, place, limit)
        found = [*part, *found]
        place = above

    assert found == messages[: count - held]


def test_a_cursor_whose_message_is_gone_gives_messages_that_are_not_newer() -> None:
    messages = thread(9)

    part, _ = older_messages_of(page_at(messages, 0), 0, ThreadCursor(2, messages[5].created, "deleted"), 50)

    assert [message.id for message in part] == [f"m{n:03}" for n in range(6)]


@given(st.integers(0, 1000), st.floats(0, 4e9), st.text(max_size=64))
def test_a_cursor_survives_writing_and_reading(after: int, created: float, message_id: str) -> None:
    cursor = write_cursor(ThreadCursor(after, created, message_id))

    assert is_cursor(cursor)
    assert read_cursor(cursor) == ThreadCursor(after, created, message_id)


def test_an_older_lead_says_so() -> None:
    text = {"text": "[Системное сообщение] Клиент попросил вас позвонить"}

    assert shown(make_message("l", type="system", author=0, content=text))["lead"] is True


def test_an_older_message_has_the_contracts_fields() -> None:
    assert shown(make_message("m1", created=1_700_000_000, asof=5)) == {
        "id": "m1",
        "chat_id": "u2i-Qe7k_W2m~RtY5vB1nHs0pA",
        "author_id": 205006007,
        "direction": "in",
        "type": "text",
        "content": {"text": "text of m1"},
        "quote": None,
        "own": None,
        "created": 1_700_000_000,
        "rank": None,
        "read": False,
        "deleted": False,
        "source": "sweep",
    }
