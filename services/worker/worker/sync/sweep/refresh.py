"""arq jobs: read a chat's newest page again, because somebody opened it or something in it is in doubt."""

import logging
from typing import Any

from shared.redis import keys
from worker.accounts.context import AccountContext, context_of
from worker.avito.budget import Priority
from worker.avito.errors import AvitoError, NotFound
from worker.sync.sweep.newest_page import read_newest
from worker.sync.sweep.sweep_state import SweepState

log = logging.getLogger("worker.refresh")

AT_MOST_EVERY_MS = 15_000
PATIENCE_S = 8.0


async def refresh_chat(context: dict[Any, Any], account_id: int, chat_id: str) -> None:
    """Arq job: read a chat that was opened, at most every 15 s."""
    await _refresh(context_of(context), account_id, chat_id, Priority.OPERATOR)


async def settle_doubt(context: dict[Any, Any], account_id: int, chat_id: str) -> None:
    """Arq job: read a chat in which something is in doubt, however short ago it was read."""
    await _refresh(context_of(context), account_id, chat_id, Priority.HINT)


async def _refresh(work: AccountContext, account_id: int, chat_id: str, priority: Priority) -> None:
    """Avito's trouble is no error: the sweep reads doubts, an opened chat is read when opened again."""
    if account_id != work.account_id:
        return
    book = SweepState(work.redis, account_id)
    doubt = (await book.doubts()).get(chat_id)
    if not await _may_read(work, chat_id, in_doubt=doubt is not None):
        return
    try:
        done = await read_newest(work, work.avito.at(priority, PATIENCE_S), chat_id)
    except NotFound:
        log.info("worker.refresh.unknown_at_avito", extra={"chat": chat_id})
    except AvitoError as error:
        log.warning("worker.refresh.later", extra={"chat": chat_id, "reason": str(error)})
        return
    else:
        log.debug("worker.refresh.done", extra={"chat": chat_id, "new": done.new, "changed": done.changed})
    if doubt is not None:
        await book.settle_doubt(chat_id, doubt)


async def _may_read(work: AccountContext, chat_id: str, *, in_doubt: bool) -> bool:
    key = keys.refreshed(work.account_id, chat_id)
    if in_doubt:
        await work.redis.set(key, b"1", px=AT_MOST_EVERY_MS)
        return True
    return bool(await work.redis.set(key, b"1", nx=True, px=AT_MOST_EVERY_MS))
