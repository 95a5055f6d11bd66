"""The job that sends the replies of a chat, and the look for chats that are due and have no job.

The replies are kept in Redis; a job is only a hint, and may be lost, doubled or killed at any instant.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import jobs
from worker.accounts.context import AccountContext, context_of
from worker.outbox.box import Box, lease_of
from worker.outbox.decide import LONGEST_PAUSE_S
from worker.outbox.turn import ChatTurn

REQUEUED_AT_ONCE = 200


async def deliver(context: dict[Any, Any], account_id: int, chat_id: str) -> None:
    """Arq job: go on with the chat's replies, unless another worker holds it."""
    account = context_of(context)
    box = Box(account.redis, account_id, chat_id, secrets.token_hex(8))
    pause = await ChatTurn(account, box).run()
    if pause is not None:
        await jobs.enqueue(account.redis, jobs.DELIVER, account_id, chat_id, delay_s=pause)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds: how late a member may be, and how far into the future one is put off at most."""

    late_s: float
    longest_s: float


_BOUNDS = Bounds(late_s=1.0, longest_s=LONGEST_PAUSE_S)


async def overdue(redis: Redis, key: str, now: float, bounds: Bounds, most: int) -> list[str]:
    """Return up to `most` members of a sorted set of due times that are late, or due too far in the future.

    The latter were put off by a clock that has been set back since. Raises RedisError.
    """
    late, future = now - bounds.late_s, now + bounds.longest_s + bounds.late_s
    lowest = await redis.zrange(key, 0, most - 1, withscores=True)
    found = [member for member, due in lowest if not late < due <= future]
    if len(lowest) == most > len(found):
        found += await redis.zrangebyscore(key, future, "+inf", start=0, num=most - len(found))
    return [member.decode() for member in dict.fromkeys(found)]


async def requeue_due(account: AccountContext) -> None:
    """Queue jobs for chats that are due and that no worker holds, while the queue of jobs has room."""
    due = await overdue(
        account.redis, keys.to_deliver(account.account_id), account.clock(), _BOUNDS, REQUEUED_AT_ONCE
    )
    room = max(0, REQUEUED_AT_ONCE - await jobs.waiting(account.redis, jobs.REPLIES)) if due else 0
    chats = due[:room]
    if not chats:
        return
    held = await account.redis.mget(lease_of(account.account_id, chat) for chat in chats)
    for chat_id, owner in zip(chats, held, strict=True):
        if owner is None:
            await jobs.enqueue(account.redis, jobs.DELIVER, account.account_id, chat_id)
