"""Fetches buyer, item, price and picture of a chat from Avito, after its first message was shown.

keys.to_enrich holds the chats that lack them, scored by when they are due. A job is only a hint: it may be
lost or doubled.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.lease import Lease
from shared.timing.rate_limiter import RateLimiters
from shared.wires import jobs
from worker.accounts.context import AccountContext, context_of
from worker.avito.errors import AvitoError, NotFound, RateLimited
from worker.avito.rate_limit import Priority
from worker.messages.commit import Change, commit
from worker.outbox.deliver import overdue

log = logging.getLogger("worker.enrich")

AGAIN_S = 30.0
REQUEUED_AT_ONCE = 50
LATE_S = 5.0
PATIENCE_S = 10.0
QUIET_S = 5.0


async def enrich_chat(context: dict[Any, Any], account_id: int, chat_id: str) -> None:
    """Arq job: fetch the chat's facts and commit them; after any trouble the chat is due again later."""
    account = context_of(context)
    due = await account.redis.zscore(keys.to_enrich(account_id), chat_id)
    if due is None or not is_due(due, account.clock()):
        return
    lease = Lease(account.redis, keys.lease(f"enrich:{account_id}:{chat_id}"), secrets.token_hex(8))
    async with lease.held() as ours:
        if ours:
            await _enrich(account, account_id, chat_id)


def is_due(due: float, now: float) -> bool:
    """Tell whether a chat is due. One that is due too far ahead is too: the clock was set back. Pure."""
    return not now < due <= now + AGAIN_S


async def requeue_due(account: AccountContext) -> None:
    """Queue jobs again for chats that are due, so that a lost job only delays."""
    due = keys.to_enrich(account.account_id)
    for chat_id in await overdue(
        account, due, jobs.ENRICHMENT, late_s=LATE_S, longest_s=AGAIN_S, most=REQUEUED_AT_ONCE
    ):
        await jobs.enqueue(account.redis, jobs.ENRICH_CHAT, account.account_id, chat_id)


async def _enrich(account: AccountContext, account_id: int, chat_id: str) -> None:
    try:
        listing = await account.avito.at(Priority.ENRICHMENT, PATIENCE_S).chat(chat_id)
    except NotFound:
        log.info("worker.enrich.unknown_at_avito", extra={"chat": chat_id})
        await account.redis.zrem(keys.to_enrich(account_id), chat_id)
        return
    except AvitoError as error:
        pause = min(error.retry_after, AGAIN_S) if isinstance(error, RateLimited) else AGAIN_S
        log.warning("worker.enrich.later", extra={"chat": chat_id, "reason": str(error), "pause_s": pause})
        await account.redis.zadd(keys.to_enrich(account_id), {chat_id: account.clock() + pause}, xx=True)
        return
    change = Change(account_id, chat_id, (), "sweep", facts=listing.facts, chat_type=listing.chat_type)
    await commit(account.redis, change, account.clock(), account.keep)
    log.info("worker.enrich.done", extra={"chat": chat_id})


@dataclass(slots=True)
class EnrichmentQueue:
    """Callable for intake: queues each chat at most once in QUIET_S, so that a burst makes one job.

    `clock` only runs forward (seconds).
    """

    redis: Redis
    account_id: int
    clock: Callable[[], float]
    limiter: RateLimiters = field(default_factory=lambda: RateLimiters(1 / QUIET_S, names=5_000))

    async def __call__(self, chat_id: str) -> None:
        """Queue the chat's enrichment, unless it was queued a moment ago."""
        if not self.limiter.take(chat_id, self.clock()):
            await jobs.enqueue(self.redis, jobs.ENRICH_CHAT, self.account_id, chat_id)
