"""Counts and checks what a Redis holds, so that a backup can be compared with the system."""

from collections import Counter
from collections.abc import Mapping

from redis.asyncio import Redis

from avito_live.erasure import key_names
from shared.redis import keys
from shared.wires.threads import message_id_of

Counts = dict[str, int]
"""The names of _COUNTED, seq, layout."""
_COUNTED = {
    "accounts": ("ACCOUNTS", "scard"),
    "chats": ("chats", "zcard"),
    "messages": ("messages", "hlen"),
    "notes": ("notes", "hlen"),
    "first answers": ("first_answer_times", "zcard"),
    "operators": ("OPERATORS", "hlen"),
    "quick replies": ("QUICK_REPLIES", "hlen"),
    "dead letters": ("DEAD", "xlen"),
    "replies": ("reply", "exists"),
    "forgotten": ("forgotten", "exists"),
}
"""What is counted: the name of its keys, and the method of redis-py whose answers are added up."""
_BY_KEY = {key: (name, ask) for name, (key, ask) in _COUNTED.items()}


async def count(store: Redis) -> Counts:
    """Count what a Redis holds. Raises RedisError."""
    counts = Counter[str](dict.fromkeys(_COUNTED, 0))
    for key in await key_names.matching(store, f"{keys.PREFIX}:*"):
        if counted := _BY_KEY.get(key_names.name_of(key) or ""):
            name, ask = counted
            counts[name] += await getattr(store, ask)(key)
    seq, layout = await store.hmget(keys.STATE, ["seq", "layout"])
    return {**counts, "seq": int(seq or 0), "layout": int(layout or 0)}


async def faults(store: Redis) -> list[str]:
    """Return inconsistencies, such as a thread that names a message which is not there."""
    found: list[str] = []
    for account in map(int, await store.smembers(keys.ACCOUNTS)):
        for chat in map(bytes.decode, await store.zrange(keys.chats(account), 0, -1)):
            ids = set(map(message_id_of, await store.zrange(keys.thread(account, chat), 0, -1)))
            if ids != set(await store.hkeys(keys.messages(account, chat))):
                found.append(f"chat {chat}: its thread and its messages differ")
            if not await store.hexists(keys.chat(account, chat), "json"):
                found.append(f"chat {chat}: is listed, but missing")
    newest = await store.xrevrange(keys.JOURNAL, count=1)
    head = int(newest[0][0].partition(b"-")[0]) if newest else 0
    if head > int(await store.hget(keys.STATE, "seq") or 0):
        found.append("the journal is ahead of the counter of events")
    return found


def outside(restored: Mapping[str, int], before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Return the counts that are not between those just before and just after the snapshot. Pure."""
    return [
        f"{name}: {restored.get(name, 0)} in the backup, {before[name]} to {after[name]} in the system"
        for name in before
        if not min(before[name], after[name]) <= restored.get(name, 0) <= max(before[name], after[name])
    ]
