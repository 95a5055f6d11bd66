"""Keeps what grows by age within its bounds: journal 48 h, dead letters and chats days, chats also 5,000."""

import logging
from itertools import takewhile

import orjson

from shared import keys, lua
from worker.context import Work

log = logging.getLogger("worker.prune")

JOURNAL_S = 48 * 3600
DAY_S = 86_400
CHATS = 5_000
READER_GONE_S = 600
_AT_ONCE = 500
_DROP_READERS = lua.load("drop_idle_consumers")


async def prune(work: Work) -> None:
    """Drop what is too old, oldest first, and the names of dead workers; live data is never touched."""
    now = work.clock()
    journal = await _prune_journal(work, now - JOURNAL_S)
    dead = await work.redis.xtrim(
        keys.DEAD, minid=f"{int((now - work.kept.dead * DAY_S) * 1000)}-0", approximate=False
    )
    if dead:
        await work.redis.execute_command("HINCRBY", keys.COUNTERS, "dead_dropped", dead)
    chats = await _prune_chats(work, now - work.kept.chats * DAY_S)
    arguments = [keys.INBOX_GROUP, READER_GONE_S * 1000]
    readers = await _DROP_READERS.run(work.redis, [keys.INBOX], arguments)
    log.info(
        "worker.prune.done", extra={"journal": journal, "dead": dead, "chats": chats, "readers": readers}
    )


async def _prune_journal(work: Work, oldest: float) -> int:
    """Journal ids are seq, not time: read from the old end while events are too old."""
    trimmed = 0
    while True:
        entries = await work.redis.xrange(keys.JOURNAL, count=_AT_ONCE)
        old = list(takewhile(lambda entry: orjson.loads(entry[1][b"e"])["at"] < oldest, entries))
        if not old:
            return trimmed
        await work.redis.xdel(keys.JOURNAL, *(entry for entry, _ in old))
        trimmed += len(old)


async def _prune_chats(work: Work, oldest: float) -> int:
    account = work.account_id
    index = keys.chats(account)
    too_old = await work.redis.zrangebyscore(index, "-inf", f"({oldest}", start=0, num=_AT_ONCE)
    too_many = await work.redis.zrange(index, 0, -(CHATS + 1))
    gone = {chat.decode() for chat in (*too_old, *too_many[:_AT_ONCE])}
    for chat_id in gone:
        owner = await work.redis.execute_command("HGET", keys.chat(account, chat_id), "owner")
        places = [keys.unread(account), keys.unanswered(account), keys.enrich(account)]
        places.append(keys.owned(account, owner.decode()) if owner else keys.free(account))
        async with work.redis.pipeline(transaction=True) as pipe:
            pipe.delete(
                *(keys.chat(account, chat_id), keys.thread(account, chat_id)),
                *(keys.messages(account, chat_id), keys.waiting(account, chat_id)),
                keys.notes(account, chat_id),
                keys.dismissed(account, chat_id),
            )
            for key in (index, *places):
                pipe.zrem(key, chat_id)
            pipe.hdel(keys.words(account), chat_id)
            pipe.zrem(keys.words_changed(account), chat_id)
            await pipe.execute()
    return len(gone)
