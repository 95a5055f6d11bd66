"""Reads a chat's newest page again: an operator opened it, it needs a recheck, or a webhook is unverified."""

import logging
from typing import Any

from shared.redis import keys
from shared.redis.lua.scripts import CommitReply
from worker.accounts.context import AccountContext, context_of
from worker.avito.client import AvitoClient
from worker.avito.errors import AvitoError, NotFound
from worker.avito.rate_limit import Priority
from worker.sync.sweep.commit_thread import commit_thread
from worker.sync.sweep.sweep_state import SweepState

log = logging.getLogger("worker.refresh")

AT_MOST_EVERY_MS = 15_000
PATIENCE_S = 8.0


async def refresh_chat(context: dict[Any, Any], account_id: int, chat_id: str) -> None:
    """Arq job: read a chat that was opened, at most every 15 s."""
    await _refresh(context_of(context), account_id, chat_id, Priority.OPERATOR)


async def recheck_chat(context: dict[Any, Any], account_id: int, chat_id: str) -> None:
    """Arq job: read a chat that a commit marked for a recheck, however short ago it was read."""
    await _refresh(context_of(context), account_id, chat_id, Priority.HINT)


async def read_newest(account: AccountContext, client: AvitoClient, chat_id: str) -> CommitReply:
    """Commit what Avito says of the chat's newest 100 messages. Raises AvitoError, RedisError."""
    page = await client.messages(chat_id)
    mark = await SweepState(account.redis, account.account_id).mark(chat_id)
    return await commit_thread(account, chat_id, page.messages, mark)


async def _refresh(account: AccountContext, account_id: int, chat_id: str, priority: Priority) -> None:
    """Pass over Avito's errors: the sweep rechecks as well, and an opened chat is opened again."""
    if account_id != account.account_id:
        return
    state = SweepState(account.redis, account_id)
    recheck = (await state.rechecks()).get(chat_id)
    key = keys.refreshed(account_id, chat_id)
    if not await account.redis.set(key, b"1", nx=recheck is None, px=AT_MOST_EVERY_MS):
        return
    try:
        done = await read_newest(account, account.avito.at(priority, PATIENCE_S), chat_id)
    except NotFound:
        log.info("worker.refresh.unknown_at_avito", extra={"chat": chat_id})
    except AvitoError as error:
        log.warning("worker.refresh.later", extra={"chat": chat_id, "reason": str(error)})
        return
    else:
        log.debug("worker.refresh.done", extra={"chat": chat_id, "new": done.new, "changed": done.changed})
    if recheck is not None:
        await state.end_recheck(chat_id, recheck)
