"""A follower of the journal that notes what it is handed, and events for it."""

from collections.abc import Sequence
from typing import Any, cast

import orjson
from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.journal import NOWHERE, JournalPosition, JournalSlice
from tests.worker.builders import SELLER
from worker.accounts.context import AccountContext
from worker.accounts.journal_follower import Event, JournalFollower

NAME = "coach"


class Listener:
    """Notes what it is handed. `at_most`: it does so many events at once; `fails`: it does none."""

    def __init__(
        self, redis: Redis, *, name: str = NAME, at_most: int = 1_000, max_events: int = 500
    ) -> None:
        account = AccountContext(cast("Any", redis), cast("Any", None), SELLER, 200)
        self.follower = JournalFollower(account, name, self.take, self.make_up, max_events)
        self.at_most = at_most
        self.fails = False
        self.heard: list[str] = []
        self.gaps: list[tuple[JournalPosition, JournalSlice]] = []

    async def take(self, events: Sequence[Event]) -> int | None:
        if self.fails:
            raise ValueError("cannot be handled")
        self.heard += [event["text"] for event in events[: self.at_most]]
        return events[self.at_most - 1]["seq"] if len(events) > self.at_most else None

    async def make_up(self, position: JournalPosition, part: JournalSlice) -> int:
        self.gaps.append((position, part))
        return part.head if position == NOWHERE else part.after

    async def look(self) -> bool:
        return await self.follower.look()

    async def catch_up(self) -> None:
        while await self.look():
            pass


async def journal(redis: Redis, *texts: str, account_id: int = SELLER) -> None:
    """Journal an event for each text, as a commit does."""
    for text in texts:
        seq = int(await redis.execute_command("HINCRBY", keys.STATE, "seq", 1))
        event = {"type": "message", "seq": seq, "account_id": account_id, "chat_id": "chat", "text": text}
        event |= {"message": {"id": text, "direction": "in"}, "chat": {"unanswered_since": None}}
        await redis.xadd(keys.JOURNAL, {"e": orjson.dumps(event)}, id=f"{seq}-0")


async def saved(redis: Redis, name: str = NAME) -> bytes | None:
    """Return the position as Redis has it."""
    found: bytes | None = await redis.execute_command("HGET", keys.journal_positions(SELLER), name)
    return found
