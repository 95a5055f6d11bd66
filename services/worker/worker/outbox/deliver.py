"""The job that sends the replies of a chat, and the look for chats that are due and have no job.

The replies are kept in Redis; a job is only a hint, and may be lost, doubled or killed at any instant.
"""

import secrets
from typing import Any

from shared.process.stored import texts
from shared.redis import keys
from shared.wires import jobs
from worker.accounts.context import AccountContext, context_of
from worker.outbox.box import Box, lease_of
from worker.outbox.decide import LONGEST_PAUSE_S
from worker.outbox.turn import ChatTurn

LATE_S = 1.0
REQUEUED_AT_ONCE = 200


async def deliver(context: dict[Any, Any], account_id: int, chat_id: str) -> None:
    """Arq job: go on with the chat's replies, unless another worker holds it."""
    account = context_of(context)
    box = Box(account.redis, account_id, chat_id, secrets.token_hex(8))
    pause = await ChatTurn(account, box).run()
    if pause is not None:
        await jobs.enqueue(account.redis, jobs.DELIVER, account_id, chat_id, delay_s=pause)


async def overdue(
    account: AccountContext, key: str, queue: jobs.Queue, *, late_s: float, longest_s: float, most: int
) -> list[str]:
    """Return up to `most` members of a sorted set of due times that are late, or due too far in the future.

    The latter, beyond `longest_s`, were put off by a clock that has been set back since. Jobs that wait in
    the queue already count, so that a backlog does not grow by jobs for the same members. Raises RedisError.
    """
    now = account.clock()
    late, future = now - late_s, now + longest_s + late_s
    lowest = await account.redis.zrange(key, 0, most - 1, withscores=True)
    found = [member for member, due in lowest if not late < due <= future]
    if len(lowest) == most > len(found):
        found += await account.redis.zrangebyscore(key, future, "+inf", start=0, num=most - len(found))
    room = max(0, most - await jobs.waiting(account.redis, queue)) if found else 0
    return texts(key, dict.fromkeys(found))[:room]


async def requeue_due(account: AccountContext) -> None:
    """Queue jobs for chats that are due and that no worker holds, while the queue of jobs has room."""
    due = keys.to_deliver(account.account_id)
    chats = await overdue(
        account, due, jobs.REPLIES, late_s=LATE_S, longest_s=LONGEST_PAUSE_S, most=REQUEUED_AT_ONCE
    )
    if not chats:
        return
    held = await account.redis.mget(lease_of(account.account_id, chat) for chat in chats)
    for chat_id, owner in zip(chats, held, strict=True):
        if owner is None:
            await jobs.enqueue(account.redis, jobs.DELIVER, account.account_id, chat_id)
