"""What was on its way to Avito when a backup was made: nothing of it goes there again unasked.

A restored reply has the field `restored`: the worker looks for it at Avito first, and shows it as failed
where it is not found, to be sent again by hand. Errands (delete a message, block a buyer, mark a chat read)
are dropped.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import operator_actions

_AT_ONCE = 500
_ON_THEIR_WAY = (b"queued", b"sending")
_CALLED = {"delete": "deletions", "blacklist": "blocked buyers", "read": "read marks"}


@dataclass(frozen=True, slots=True)
class HeldBack:
    """How many replies of people, automatic answers, and errands by kind."""

    replies: int
    automatic: int
    errands: Mapping[str, int]

    def lines(self) -> list[str]:
        """Say it."""
        said = []
        if self.replies or self.automatic:
            said.append(
                f"Not sent yet at that time: {self.replies} replies, {self.automatic} automatic answers."
                " They are looked for at Avito; what is not there is shown as failed and can be sent again."
            )
        if self.errands:
            dropped = ", ".join(f"{number} {_CALLED[kind]}" for kind, number in sorted(self.errands.items()))
            said.append(f"Dropped, since Avito had not been told of them: {dropped}.")
        return said


async def hold_back(source: Redis, target: Redis) -> HeldBack:
    """Mark what was poured into `target`, count what stayed in `source`. Raises RedisError."""
    of_people = automatic = 0
    pattern = f"{keys.PREFIX}:*:reply:*"
    for name in {name async for name in target.scan_iter(match=pattern, count=_AT_ONCE)}:
        state, by = await _ask(target, "HMGET", name, "state", "by")
        if state in _ON_THEIR_WAY:
            await _ask(target, "HSET", name, "restored", "1")
            of_people += by != b"null"
            automatic += by == b"null"
    dropped = Counter[str]()
    for account in await _ask(source, "SMEMBERS", keys.ACCOUNTS):
        waiting = await _ask(source, "HVALS", keys.operator_actions(int(account)))
        dropped.update(operator_actions.read(errand).kind for errand in waiting)
    return HeldBack(of_people, automatic, dropped)


async def _ask(store: Redis, *command: Any) -> Any:
    return await store.execute_command(*command)
