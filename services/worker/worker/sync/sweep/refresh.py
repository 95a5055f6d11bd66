"""Reads a chat's newest page again: an operator opened it, it needs a recheck, or a webhook is unverified.

keys.to_recheck holds the chats to recheck until Avito has answered. A job is only a hint: it may be lost.
"""

import asyncio
import logging
from typing import Any

from shared.redis import keys
from shared.redis.lua.scripts import CommitReply
from shared.wires import jobs
from worker.accounts.context import AccountContext, context_of
from worker.avito.client import AvitoClient
from worker.avito.errors import AvitoError, BadKeys, BadRequest, Forbidden, NotFound, NotPaid, StaleToken
from worker.avito.rate_limit import Priority
from worker.messages.deletion import Notice
from worker.sync.sweep.commit_thread import commit_thread
from worker.sync.sweep.dead_letter_answers import NO_CHAT, place_letters
from worker.sync.sweep.deletions import read_notice
from worker.sync.sweep.sweep_state import SweepState

log = logging.getLogger("worker.refresh")

AT_MOST_EVERY_MS = 15_000
RECHECK_AT_MOST_EVERY_MS = 5_000
REFUSED_AGAIN_MS = 30_000
"""After Avito refused for a reason that lasts, such as keys or tariff."""
PATIENCE_S = 8.0
LOOK_S = 5.0
_AT_ONCE = 20

_Recheck = tuple[bytes, bytes]
"""Its token, and the epoch in which it is read."""


async def refresh_chat(context: dict[Any, Any], account_id: int, chat_id: str) -> None:
    """Arq job: read a chat that was opened, at most every 15 s; one to recheck also sooner."""
    account = context_of(context)
    recheck = await _recheck(account, account_id, chat_id)
    key = keys.refreshed(account_id, chat_id)
    if await account.redis.set(key, b"1", nx=recheck is None, px=AT_MOST_EVERY_MS):
        await _refresh(account, account_id, chat_id, recheck, Priority.OPERATOR)


async def recheck_chat(context: dict[Any, Any], account_id: int, chat_id: str) -> None:
    """Arq job: read a chat that is noted for a recheck, at most every 5 s."""
    account = context_of(context)
    recheck = await _recheck(account, account_id, chat_id)
    key = keys.rechecked(account_id, chat_id)
    if recheck is None or not await account.redis.set(key, b"1", nx=True, px=int(PATIENCE_S * 2_000)):
        return
    pause_ms = await _refresh(account, account_id, chat_id, recheck, Priority.HINT)
    await account.redis.set(key, b"1", px=pause_ms)


async def requeue_for_ever(account: AccountContext) -> None:
    """Queue jobs for chats whose recheck is still to be done, every few seconds. Raises RedisError."""
    while True:
        await requeue_due(account)
        await asyncio.sleep(LOOK_S)


async def requeue_due(account: AccountContext) -> None:
    """Queue a job for each chat noted for a recheck that was not read a moment ago."""
    redis, account_id = account.redis, account.account_id
    if not await redis.exists(keys.to_recheck(account_id), keys.DEAD_ASKED):
        return
    await place_letters(redis, account_id, account.clock())
    waiting = list(await SweepState(redis, account_id).rechecks())
    names = [keys.rechecked(account_id, chat_id) for chat_id in waiting]
    resting = await redis.mget(names) if names else []
    due = [chat_id for chat_id, rests in zip(waiting, resting, strict=True) if not rests]
    room = max(0, _AT_ONCE - await jobs.waiting(redis, jobs.RECHECKS)) if due else 0
    for chat_id in due[:room]:
        await jobs.enqueue(redis, jobs.RECHECK_CHAT, account_id, chat_id)


async def read_newest(
    account: AccountContext,
    client: AvitoClient,
    chat_id: str,
    *,
    notice: Notice | None = None,
    expected: bool = True,
) -> CommitReply:
    """Commit what Avito says of the chat's newest 100 messages. Raises AvitoError, RedisError.

    `notice`: what a webhook said was deleted there. `expected`: webhooks should have brought what is new;
    False where one that cannot be read may have been about it.
    """
    page = await client.messages(chat_id)
    mark = await SweepState(account.redis, account.account_id).mark(chat_id)
    return await commit_thread(
        account, chat_id, page.messages, mark, complete=not page.more, notice=notice, expected=expected
    )


async def _recheck(account: AccountContext, account_id: int, chat_id: str) -> _Recheck | None:
    """Return a chat's recheck; None for none, or a chat of another account."""
    if account_id != account.account_id:
        return None
    token, epoch = await SweepState(account.redis, account_id).recheck_in(chat_id)
    return None if token is None else (token, epoch)


async def _refresh(
    account: AccountContext, account_id: int, chat_id: str, recheck: _Recheck | None, priority: Priority
) -> int:
    """Read it; Avito's errors leave the recheck noted. Return how long it should not be read again (ms)."""
    if account_id != account.account_id:
        return RECHECK_AT_MOST_EVERY_MS
    refusal = ""
    try:
        notice, client = read_notice(recheck[0] if recheck else b""), account.avito.at(priority, PATIENCE_S)
        done = await read_newest(account, client, chat_id, notice=notice, expected=recheck is None)
    except (NotFound, BadRequest) as error:
        refusal = NO_CHAT
        log.info("worker.refresh.unknown_at_avito", extra={"chat": chat_id, "reason": str(error)})
    except AvitoError as error:
        log.warning("worker.refresh.later", extra={"chat": chat_id, "reason": str(error)})
        is_lasting = isinstance(error, BadKeys | Forbidden | NotPaid) and not isinstance(error, StaleToken)
        return REFUSED_AGAIN_MS if is_lasting else RECHECK_AT_MOST_EVERY_MS
    else:
        log.debug("worker.refresh.done", extra={"chat": chat_id, "new": done.new, "changed": done.changed})
        if done.unenriched:
            await jobs.enqueue(account.redis, jobs.ENRICH_CHAT, account_id, chat_id)
    if recheck is not None:
        await SweepState(account.redis, account_id).end_recheck(chat_id, *recheck, refusal)
    return RECHECK_AT_MOST_EVERY_MS
