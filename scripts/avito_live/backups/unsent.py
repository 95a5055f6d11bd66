"""Replies and operator actions that had not reached Avito when a backup was made: none is sent unasked.

A restored reply has the field `restored`: the worker looks for it at Avito first and shows it as failed if it
is not there, so that it can be sent again by hand. Operator actions (delete a message, block a buyer, mark a
chat as read) are dropped.
"""

from collections import Counter

from redis.asyncio import Redis

from avito_live.erasure import key_names
from shared.redis import keys
from shared.wires import operator_actions

_CALLED = {"delete": "deletions", "blacklist": "blocked buyers", "read": "read marks"}


async def hold_back(source: Redis, target: Redis) -> list[str]:
    """Mark unsent replies in `target`; report them and the actions left in `source`. Raises RedisError."""
    replies, said = Counter[bool](), list[str]()
    for name in await key_names.matching(target, f"{keys.PREFIX}:*:reply:*"):
        state, by = await target.hmget(name, ["state", "by"])
        if state in (b"queued", b"sending"):
            await target.hset(name, "restored", "1")
            replies[by == b"null"] += 1
    if replies:
        said.append(
            f"Not sent yet at that time: {replies[False]} replies, {replies[True]} automatic answers."
            " The worker looks for them at Avito; those that are not there are shown as failed"
            " and can be sent again."
        )
    dropped = Counter[str]()
    for account in await source.smembers(keys.ACCOUNTS):
        waiting = await source.hvals(keys.operator_actions(int(account)))
        dropped.update(_CALLED[operator_actions.read(action).kind] for action in waiting)
    if dropped:
        named = ", ".join(f"{number} {called}" for called, number in sorted(dropped.items()))
        said.append(f"Dropped, since they had not reached Avito: {named}.")
    return said
