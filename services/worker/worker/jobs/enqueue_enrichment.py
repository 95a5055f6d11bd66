"""Tells arq of chats that lack buyer and item, not more often than is of use."""

from collections.abc import Callable
from dataclasses import dataclass, field

from redis.asyncio import Redis

from shared.wires import jobs

QUIET_S = 5.0
_MOST_REMEMBERED = 5_000


@dataclass(slots=True)
class EnrichmentQueue:
    """Callable for intake: hints each chat at most once in QUIET_S, so that a burst is one job.

    `clock` only runs forward (seconds).
    """

    redis: Redis
    account_id: int
    clock: Callable[[], float]
    hinted: dict[str, float] = field(default_factory=dict)

    async def __call__(self, chat_id: str) -> None:
        """Queue the chat's enrichment, unless that was done a moment ago."""
        now = self.clock()
        if now - self.hinted.get(chat_id, float("-inf")) < QUIET_S:
            return
        if len(self.hinted) >= _MOST_REMEMBERED:
            self.hinted.clear()
        self.hinted[chat_id] = now
        await jobs.enqueue(self.redis, jobs.ENRICH_CHAT, self.account_id, chat_id)
