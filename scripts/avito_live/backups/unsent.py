"""Replies and operator actions that had not reached Avito when a backup was made: none is sent unasked.

A restored reply has the field `restored`: the worker looks for it at Avito first and shows it as failed if it
is not there, so that it can be sent again by hand. Operator actions (delete a message, block a buyer, mark a
chat as read) are dropped.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from avito_live.erasure import key_names
from shared.redis import keys
from shared.wires import operator_actions

_ON_THEIR_WAY = (b"queued", b"sending")
_CALLED = {"delete": "deletions", "blacklist": "blocked buyers", "read": "read marks"}


@dataclass(frozen=True, slots=True)
class HeldBack:
    """How many replies of operators, automatic answers, and operator actions by kind."""

    replies: int
    automatic: int
    errands: Mapping[str, int]

    def lines(self) -> list[str]:
        """Return the report."""
        said = []
        if self.replies or self.automatic:
            said.append(
                f"Not sent yet at that time: {self.replies} replies, {self.automatic} automatic answers."
                " The worker looks for them at Avito; those that are not there are shown as failed"
                " and can be sent again."
            )
        if self.errands:
            dropped = ", ".join(f"{number} {_CALLED[kind]}" for kind, number in sorted(self.errands.items()))
            said.append(f"Dropped, since they had not reached Avito: {dropped}.")
        return said


async def hold_back(source: Redis, target: Redis) -> HeldBack:
    """Mark unsent replies in `target`, and count the operator actions left in `source`. Raises RedisError."""
    of_people = automatic = 0
    for name in await key_names.matching(target, f"{keys.PREFIX}:*:reply:*"):
        state, by = await target.hmget(name, ["state", "by"])
        if state in _ON_THEIR_WAY:
            await target.hset(name, "restored", "1")
            of_people += by != b"null"
            automatic += by == b"null"
    dropped = Counter[str]()
    for account in await source.smembers(keys.ACCOUNTS):
        waiting = await source.hvals(keys.operator_actions(int(account)))
        dropped.update(operator_actions.read(errand).kind for errand in waiting)
    return HeldBack(of_people, automatic, dropped)
