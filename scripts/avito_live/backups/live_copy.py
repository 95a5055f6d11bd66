"""Copies our keys out of a Redis that is written to meanwhile, as of one instant, without its snapshot.

First every key is copied, at leisure. What has changed since is named by the journal, and copied again until
little is left. That, and all keys which are not of one chat, are then read by one script: the cut. Webhooks
that wait are read just before it, and dead letters just after it, so that none is missing; one that was
committed in between is committed again, which changes nothing.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from redis.asyncio import Redis

from avito_live.backups import transfer
from avito_live.backups.journal_changes import Chat, JournalChanges
from avito_live.erasure import key_names
from avito_live.runner.errors import RunError
from shared.redis import keys

_TRIES = 3
_ROUNDS = 20
_FEW = 16
"""Chats that the cut may read: together they keep Redis busy for some milliseconds."""
_STREAMS = ("JOURNAL", "INBOX", "UNVERIFIED", "DEAD")
_LARGE = ("search_words", "search_words_changed", "first_answers", "first_answer_times", "verified")
"""These hold something of every chat, and none needs to fit the others exactly."""
_EMPTY = 2
"""So long is the answer for a key that is not there."""
_READ = """
local read = {
  string = function(name) return redis.call('GET', name) end,
  hash = function(name) return redis.call('HGETALL', name) end,
  list = function(name) return redis.call('LRANGE', name, 0, -1) end,
  set = function(name) return redis.call('SMEMBERS', name) end,
  zset = function(name) return redis.call('ZRANGE', name, 0, -1, 'WITHSCORES') end,
}
local found = {}
for at, name in ipairs(KEYS) do
  local kind = redis.call('TYPE', name).ok
  found[at] = {kind, redis.call('PTTL', name), read[kind] and read[kind](name)}
end
return found
"""


async def copy_live(source: Redis, target: Redis) -> None:
    """Copy all our keys into an empty Redis, which is for this alone. Raises RunError, RedisError."""
    for _ in range(_TRIES):
        if await _copy(source, target):
            return
        await target.flushall()
    raise RunError("Redis was restarted, or chats were removed, each time its keys were copied: try again")


async def _copy(source: Redis, target: Redis) -> bool:
    """Copy; False if the journal does not tell all that changed meanwhile."""
    changes = await JournalChanges.begun(source)
    listed = await _listed_chats(source)
    await transfer.copy_ours(source, target, _is_copied_first, then=changes.follow)
    for _ in range(_ROUNDS):
        await changes.follow()
        if len(changes.chats) <= _FEW:
            break
        for chat in changes.take_chats():
            await _write(target, await _read(source, _of_chat(chat)))
    await _copy_stream(source, target, keys.INBOX)
    seq = await _cut(source, target, changes)
    if seq is None:
        return False
    await _copy_stream(source, target, keys.DEAD)
    await transfer.copy_entries(source, target, keys.JOURNAL.encode(), last=f"{seq}-0")
    for chat in listed - await _listed_chats(target):  # pruned meanwhile, which is no event
        await target.unlink(*_of_chat(chat))
    return True


async def _cut(source: Redis, target: Redis, changes: JournalChanges) -> int | None:
    """Copy, as of one instant, what has changed and what is of no chat; return the seq of that instant.

    None if the journal does not tell all that changed.
    """
    common = await _of_no_chat(source)
    while not changes.gap:
        asked = [*common, *changes.replies, *(name for chat in changes.chats for name in _of_chat(chat))]
        found = await _read(source, asked)
        state = _paired(b"hash", found[keys.STATE][2]) if len(found[keys.STATE]) > _EMPTY else {}
        seq = int(state.get(b"seq", 0))
        if await changes.knew_all(seq) and not changes.gap:
            await _write(target, found)
            return seq
    return None


async def _copy_stream(source: Redis, target: Redis, name: str) -> None:
    if await source.exists(name):
        await transfer.copy_stream(source, target, name.encode())


def _is_copied_first(name: bytes) -> bool:
    return name.decode(errors="replace") not in (keys.INBOX, keys.DEAD, keys.JOURNAL)


async def _read(source: Redis, names: Iterable[str]) -> dict[str, list[Any]]:
    """Return kind, remaining milliseconds and value of each key, as of one instant."""
    asked = list(dict.fromkeys(names))
    found: Any = await source.eval(_READ, len(asked), *asked)
    return dict(zip(asked, found, strict=True))


async def _write(target: Redis, found: dict[str, list[Any]]) -> None:
    """Write keys in the place of what is there."""
    async with target.pipeline(transaction=False) as pipe:
        for name, (kind, left_ms, *value) in found.items():
            pipe.unlink(name)
            if value and value[0] is not None:
                transfer.write(pipe, name.encode(), kind, _paired(kind, value[0]))
            if left_ms > 0:
                pipe.pexpire(name, left_ms)
        await pipe.execute()


def _paired(kind: bytes, value: Any) -> Any:
    if kind == b"hash":
        return dict(zip(value[::2], value[1::2], strict=True))
    if kind == b"zset":
        return list(zip(value[::2], map(float, value[1::2]), strict=True))
    return value


async def _listed_chats(store: Redis) -> set[Chat]:
    accounts = [int(account) for account in await store.smembers(keys.ACCOUNTS)]
    return {
        Chat(account, chat.decode())
        for account in accounts
        for chat in await store.zrange(keys.chats(account), 0, -1)
    }


async def _of_no_chat(source: Redis) -> list[str]:
    """Return the names of the keys that are of no chat, and not large, and of the replies on their way."""
    operators = [name.decode() for name in await source.hkeys(keys.OPERATORS)]
    accounts = [int(account) for account in await source.smembers(keys.ACCOUNTS)]
    names = [key for name, key in key_names.NAMED.items() if isinstance(key, str) and name not in _STREAMS]
    for account in accounts:
        names += [keys.assigned(account, operator) for operator in operators]
        names += [key(account) for name, key in _taking("account_id") if name not in _LARGE]
    waiting = [member.decode().partition("/") for member in await source.zrange(keys.OUTBOX_WAITING, 0, -1)]
    return names + [keys.reply(int(account), ref) for account, _, ref in waiting if account.isdigit()]


def _of_chat(chat: Chat) -> list[str]:
    return [key(chat.account, chat.id) for _, key in _taking("account_id", "chat_id")]


def _taking(*parameters: str) -> list[tuple[str, Callable[..., str]]]:
    """Return the keys that are named by exactly these, by their names."""
    return [
        (name, key)
        for name, key in key_names.NAMED.items()
        if callable(key) and tuple(inspect.signature(key).parameters) == parameters
    ]
