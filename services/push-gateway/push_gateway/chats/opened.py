"""Has an opened chat read again at Avito: what was deleted or read elsewhere shows nowhere else."""

import time
from contextlib import suppress
from dataclasses import dataclass, field

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.wires import jobs

EVERY_S = 15.0
_MOST_REMEMBERED = 5_000


@dataclass(slots=True)
class Opened:
    """Asks the worker, each chat at most once in 15 s; the worker bounds all gateways together."""

    redis: Redis
    asked: dict[tuple[int, str], float] = field(default_factory=dict)

    async def note(self, account_id: int, chat_id: str) -> None:
        """Somebody reads the newest page of a chat. A Redis that takes no jobs does not stop him."""
        now = time.monotonic()
        if now - self.asked.get((account_id, chat_id), float("-inf")) < EVERY_S:
            return
        if len(self.asked) >= _MOST_REMEMBERED:
            self.asked.clear()
        with suppress(RedisError, OSError):
            await jobs.enqueue(self.redis, jobs.REFRESH_CHAT, account_id, chat_id)
            self.asked[account_id, chat_id] = now
