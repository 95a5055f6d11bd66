"""Chats and threads as Avito lists them, with defaults for all that a test does not set."""

from dataclasses import dataclass, field

from tests.worker.builders import SELLER, make_message
from worker.avito.chats import ChatListing, read_chat
from worker.avito.responses import MessagePage
from worker.messages.message import Message
from worker.messages.reading import rank_ties

NOW = 1_757_400_000.0
DAY = 86_400.0


def make_chat(
    chat_id: str = "c1",
    *,
    updated: float = NOW - 60,
    last: str = "m1",
    title: str = "Самокат",
    gone: bool = False,
) -> ChatListing:
    """A row of Avito's list."""
    kind = "deleted" if gone else "text"
    row = {
        "id": chat_id,
        "updated": int(updated),
        "context": {"type": "item", "value": {"id": 7, "title": title}},
        "last_message": {
            "id": last,
            "author_id": 5_000,
            "created": int(updated),
            "type": kind,
            "content": {},
        },
    }
    return read_chat(row, SELLER, NOW)


@dataclass
class FakeHistory:
    """Avito's history of one chat, oldest first; `arrivals` come while it is being read.

    `ordered`: whether its pages are; `repeats`: it gives the same page for ever.
    """

    thread: list[Message]
    arrivals: dict[int, list[Message]] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    ordered: bool = True
    repeats: bool = False

    async def messages(self, chat_id: str, *, limit: int = 100, offset: int = 0) -> MessagePage:
        self.thread += self.arrivals.pop(len(self.asked), [])
        self.asked.append(offset)
        newest_first = self.thread[::-1]
        offset = 0 if self.repeats else offset
        rows = newest_first[offset : offset + limit]
        more = self.repeats or offset + limit < len(newest_first)
        ranked = tuple(rank_ties(rows, complete=not more))
        return MessagePage(ranked, len(rows), 0, more, self.ordered)


def make_thread(gaps: list[int], prefix: str = "m", start: float = NOW - 10_000) -> list[Message]:
    """Messages so many seconds apart, oldest first; a gap of 0 is a tie."""
    created, thread = start, []
    for number, gap in enumerate(gaps):
        created += gap
        # Ids run against time, so that only ranks can order ties rightly.
        thread.append(make_message(f"{prefix}{len(gaps) - number:04d}", created=created, asof=NOW))
    return thread
