"""Counts and checks what a Redis holds, so that a backup can be compared with the system."""

from collections.abc import Mapping

from redis.asyncio import Redis

from avito_live.erasure import key_names
from shared.redis import keys
from shared.wires.threads import message_id_of

Counts = dict[str, int]
"""accounts, chats, messages, notes, first answers, operators, quick replies, dead letters, replies,
forgotten, seq, layout."""


async def count(store: Redis) -> Counts:
    """Count what a Redis holds. Raises RedisError."""
    counts: Counts = dict.fromkeys(("chats", "messages", "notes", "replies", "first answers"), 0)
    accounts = await _accounts(store)
    for account in accounts:
        counts["chats"] += await store.zcard(keys.chats(account))
        for name in await key_names.matching(store, f"{keys.messages(account, '')}*"):
            counts["messages"] += await store.hlen(name)
        for name in await key_names.matching(store, f"{keys.notes(account, '')}*"):
            counts["notes"] += await store.hlen(name)
        counts["first answers"] += await store.zcard(keys.first_answer_times(account))
        counts["replies"] += len(await key_names.matching(store, f"{keys.reply(account, '')}*"))
    layout, seq = await store.hmget(keys.STATE, ["layout", "seq"])
    return counts | {
        "accounts": len(accounts),
        "operators": await store.hlen(keys.OPERATORS),
        "quick replies": await store.hlen(keys.QUICK_REPLIES),
        "dead letters": await store.xlen(keys.DEAD),
        "forgotten": len(await key_names.matching(store, f"{keys.forgotten('')}*")),
        "seq": int(seq or 0),
        "layout": int(layout or 0),
    }


async def faults(store: Redis) -> list[str]:
    """Return inconsistencies, such as a thread that names a message which is not there."""
    found: list[str] = []
    for account in await _accounts(store):
        for chat in await store.zrange(keys.chats(account), 0, -1):
            found += await _faults_of(store, account, chat.decode())
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


async def _faults_of(store: Redis, account: int, chat: str) -> list[str]:
    members = await store.zrange(keys.thread(account, chat), 0, -1)
    ids = {message_id_of(member) for member in members}
    found = []
    if ids != set(await store.hkeys(keys.messages(account, chat))):
        found.append(f"chat {chat}: its thread and its messages differ")
    if not await store.hexists(keys.chat(account, chat), "json"):
        found.append(f"chat {chat}: is listed, but missing")
    return found


async def _accounts(store: Redis) -> list[int]:
    return sorted(int(account) for account in await store.smembers(keys.ACCOUNTS))
