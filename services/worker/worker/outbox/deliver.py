"""The job that sends the replies of a chat, and the cron that finds what lost its job.

The truth stands in Redis; the job is a hint, and may be lost, doubled or killed at any instant.
"""

import secrets
from typing import Any

from shared.redis import keys
from shared.wires import jobs
from worker.accounts.context import AccountContext, context_of
from worker.outbox.box import Box, lease_of
from worker.outbox.decide import LONGEST_PAUSE_S
from worker.outbox.overdue import Bounds, overdue
from worker.outbox.turn import ChatTurn

BOUNDS = Bounds(late_s=1.0, longest_s=LONGEST_PAUSE_S)
REQUEUED_AT_ONCE = 200


async def deliver(context: dict[Any, Any], account_id: int, chat_id: str) -> None:
    """Arq job: go on with the chat's replies, unless another worker does."""
    work = context_of(context)
    box = Box(work.redis, account_id, chat_id, secrets.token_hex(8))
    pause = await ChatTurn(work, box).run()
    if pause is not None:
        await jobs.enqueue(work.redis, jobs.DELIVER, account_id, chat_id, delay_s=pause)


async def requeue_due(work: AccountContext) -> None:
    """Put back the hints of chats that are due and that no worker holds, beside those that wait already.

    None waits for long: what is due later than that was told by a clock that has been set back since.
    """
    due = await overdue(work.redis, keys.deliver(work.account_id), work.clock(), BOUNDS, REQUEUED_AT_ONCE)
    room = max(0, REQUEUED_AT_ONCE - await jobs.waiting(work.redis, jobs.REPLIES)) if due else 0
    chats = due[:room]
    if not chats:
        return
    held = await work.redis.mget(lease_of(work.account_id, chat) for chat in chats)
    for chat_id, owner in zip(chats, held, strict=True):
        if owner is None:
            await jobs.enqueue(work.redis, jobs.DELIVER, work.account_id, chat_id)
