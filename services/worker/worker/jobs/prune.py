"""Prunes what is too old: the journal after 48 h, dead letters and chats after days; chats beyond 5,000."""

import logging
from collections.abc import Mapping
from itertools import takewhile

import orjson

from shared.process.stored import read_each, read_or, skipping
from shared.redis import keys
from shared.redis.lua import scripts
from shared.wires import dead_letters
from worker.accounts.context import AccountContext

log = logging.getLogger("worker.prune")

JOURNAL_S = 48 * 3600
DAY_S = 86_400
CHATS = 5_000
FLOORS = 20_000
"""So many pruned chats have a floor of their own; the others share the newest of their floors."""
READER_GONE_S = 600
_AT_ONCE = 500


async def prune(account: AccountContext) -> None:
    """Drop what is too old, oldest first, and the names of dead workers."""
    now = account.clock()
    journal = await _prune_journal(account, now - JOURNAL_S)
    dead = await account.redis.xtrim(
        keys.DEAD, minid=f"{int((now - account.kept.dead * DAY_S) * 1000)}-0", approximate=False
    )
    await dead_letters.drop_old_notes(account.redis)
    if dead:
        with skipping(keys.COUNTERS):
            await account.redis.hincrby(keys.COUNTERS, "dead_dropped", dead)
    chats = await _prune_chats(account, now - account.kept.chats * DAY_S)
    readers = await scripts.drop_idle_consumers(gone_after_ms=READER_GONE_S * 1000).run(account.redis)
    log.info(
        "worker.prune.done", extra={"journal": journal, "dead": dead, "chats": chats, "readers": readers}
    )


async def _prune_journal(account: AccountContext, oldest: float) -> int:
    """Journal ids are seq, not time: read from the oldest on while events are too old."""
    trimmed = 0
    while True:
        entries = await account.redis.xrange(keys.JOURNAL, count=_AT_ONCE)
        old = list(takewhile(lambda entry: _happened(entry[1]) < oldest, entries))
        if not old:
            return trimmed
        await account.redis.xdel(keys.JOURNAL, *(entry for entry, _ in old))
        trimmed += len(old)


def _happened(fields: Mapping[bytes, bytes]) -> float:
    """Return when an event happened; one that cannot be read goes with those around it."""
    return read_or(keys.JOURNAL, fields, lambda one: float(orjson.loads(one[b"e"])["at"]), 0.0)


async def _prune_chats(account: AccountContext, oldest: float) -> int:
    account_id = account.account_id
    index = keys.chats(account_id)
    too_old = await account.redis.zrangebyscore(
        index, "-inf", f"({oldest}", start=0, num=_AT_ONCE, withscores=True
    )
    too_many = await account.redis.zrange(index, 0, -(CHATS + 1), withscores=True)
    found = (*too_old, *too_many[:_AT_ONCE])
    seen = dict(read_each(index, found, lambda one: (one[0].decode(), one[1])))
    return sum([await _drop_chat(account, chat_id, score) for chat_id, score in seen.items()])


async def _drop_chat(account: AccountContext, chat_id: str, seen: float) -> bool:
    """Remove a chat unless it has moved in the index since; tell whether it was."""
    call = scripts.prune_chat(account_id=account.account_id, chat_id=chat_id, seen=seen, most=FLOORS)
    return await call.run(account.redis)
