"""Counts and checks what a Redis holds, so that a backup can be compared with the system."""

from collections.abc import Mapping
from typing import Any

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
        counts["chats"] += await _ask(store, "ZCARD", keys.chats(account))
        for name in await key_names.matching(store, f"{keys.messages(account, '')}*"):
            counts["messages"] += await _ask(store, "HLEN", name)
        for name in await key_names.matching(store, f"{keys.notes(account, '')}*"):
            counts["notes"] += await _ask(store, "HLEN", name)
        counts["first answers"] += await _ask(store, "ZCARD", keys.first_answer_times(account))
        counts["replies"] += len(await key_names.matching(store, f"{keys.reply(account, '')}*"))
    layout, seq = await _ask(store, "HMGET", keys.STATE, "layout", "seq")
    return counts | {
        "accounts": len(accounts),
        "operators": await _ask(store, "HLEN", keys.OPERATORS),
        "quick replies": await _ask(store, "HLEN", keys.QUICK_REPLIES),
        "dead letters": await _ask(store, "XLEN", keys.DEAD),
        "forgotten": len(await key_names.matching(store, f"{keys.forgotten('')}*")),
        "seq": int(seq or 0),
        "layout": int(layout or 0),
    }


async def faults(store: Redis) -> list[str]:
    """Return inconsistencies, such as a thread that names a message which is not there."""
    found: list[str] = []
    for account in await _accounts(store):
        for chat in await _ask(store, "ZRANGE", keys.chats(account), 0, -1):
            found += await _faults_of(store, account, chat.decode())
    newest = await _ask(store, "XREVRANGE", keys.JOURNAL, "+", "-", "COUNT", 1)
    head = int(newest[0][0].partition(b"-")[0]) if newest else 0
    if head > int(await _ask(store, "HGET", keys.STATE, "seq") or 0):
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
    members = await _ask(store, "ZRANGE", keys.thread(account, chat), 0, -1)
    ids = {message_id_of(member) for member in members}
    found = []
    if ids != set(await _ask(store, "HKEYS", keys.messages(account, chat))):
        found.append(f"chat {chat}: its thread and its messages differ")
    if not await _ask(store, "HEXISTS", keys.chat(account, chat), "json"):
        found.append(f"chat {chat}: is listed, but missing")
    return found


async def _accounts(store: Redis) -> list[int]:
    return sorted(int(account) for account in await _ask(store, "SMEMBERS", keys.ACCOUNTS))


async def _ask(store: Redis, *command: Any) -> Any:
    return await store.execute_command(*command)
