"""One chat's queue of replies in Redis, held by one worker at a time: the scripts with a typed face."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import orjson
from redis.asyncio import Redis

from shared.redis import keys, lua
from worker.outbox.decide import Transition
from worker.outbox.reply import Reply, read_reply
from worker.outbox.words import reason_of

TAKE = lua.load("take_reply")
BEGIN = lua.load("begin_try")
TURN = lua.load("turn_reply")
CANCEL = lua.load("cancel_reply")
_RENEW = lua.load("renew_if_same")
_DROP = lua.load("drop_if_same")

LEASE_S = 6.0
"""How long a chat waits after its worker died, before another one takes it over."""

Fields = dict[str, str | bytes | float]


def lease_of(account_id: int, chat_id: str) -> str:
    """Return the key that says which worker alone delivers in this chat."""
    return keys.lease(f"deliver:{account_id}:{chat_id}")


@dataclass(frozen=True, slots=True)
class Box:
    """The queue as `token` holds it. Every method raises RedisError when nothing was changed."""

    redis: Redis
    account_id: int
    chat_id: str
    token: str

    @property
    def _lease(self) -> str:
        return lease_of(self.account_id, self.chat_id)

    async def take(self, now: float) -> Reply | Literal["busy", "empty"]:
        """Take or keep the lease and return the chat's first reply.

        One that an earlier epoch left is in doubt: what became of it may have been lost.

        `empty`: there is none, and the lease is given back in the same instant, so that whoever queues the
        next one finds the chat free.
        """
        names = [
            keys.STATE,
            keys.JOURNAL,
            self._lease,
            keys.outbox(self.account_id, self.chat_id),
            keys.deliver(self.account_id),
            keys.reply(self.account_id, ""),
            keys.OUTBOX_WAITING,
        ]
        arguments = [repr(now), self.token, int(LEASE_S * 1000), self.chat_id, self.account_id]
        verdict, *flat = await TAKE.run(self.redis, names, arguments)
        if verdict == b"reply":
            return read_reply(dict(zip(flat[::2], flat[1::2], strict=True)))
        return "busy" if verdict == b"busy" else "empty"

    async def begin(self, reply: Reply, words: str, now: float) -> bool:
        """Note that a try begins; False when it must not."""
        names = [
            *(keys.STATE, keys.JOURNAL, self._lease, keys.outbox(self.account_id, self.chat_id)),
            keys.reply(self.account_id, reply.ref),
            keys.thread(self.account_id, self.chat_id),
        ]
        return bool(await BEGIN.run(self.redis, names, [repr(now), self.token, reply.ref, words]))

    async def turn(self, reply: Reply, turn: Transition, now: float) -> bool:
        """Note what became of it; False when it has moved on meanwhile."""
        return await self.change(reply, _fields(turn), now)

    async def change(self, reply: Reply, fields: Fields, now: float) -> bool:
        """Change fields of a reply that is still in the state it was taken in, see lua/_outbox.lua."""
        names = [
            *(keys.STATE, keys.JOURNAL, self._lease, keys.outbox(self.account_id, self.chat_id)),
            keys.reply(self.account_id, reply.ref),
            *(keys.OUTBOX_WAITING, keys.deliver(self.account_id), keys.failed(self.account_id, self.chat_id)),
            keys.PICTURES,
        ]
        flat = [part for pair in fields.items() for part in pair]
        return bool(await TURN.run(self.redis, names, [repr(now), self.token, reply.state, *flat]))

    async def withdraw(self, reply: Reply, now: float) -> None:
        """Take a reply back that is not on its way; one that has moved on meanwhile stays."""
        names = [
            *(keys.STATE, keys.JOURNAL, keys.reply(self.account_id, reply.ref)),
            *(keys.outbox(self.account_id, self.chat_id), keys.OUTBOX_WAITING, keys.deliver(self.account_id)),
            *(keys.failed(self.account_id, self.chat_id), keys.PICTURES),
            keys.chat(self.account_id, self.chat_id),
        ]
        await CANCEL.run(self.redis, names, [repr(now)])

    async def claimed(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these messages are replies of ours already."""
        if not message_ids:
            return frozenset()
        found = await self.redis.execute_command(
            "ZMSCORE", keys.claims(self.account_id, self.chat_id), *message_ids
        )
        return frozenset(
            message_id for message_id, score in zip(message_ids, found, strict=True) if score is not None
        )

    async def renew(self) -> bool:
        """Keep the lease for longer; False when it was lost."""
        return bool(await _RENEW.run(self.redis, [self._lease], [self.token, int(LEASE_S * 1000)]))

    async def leave(self) -> None:
        """Give the lease back."""
        await _DROP.run(self.redis, [self._lease], [self.token])


def _fields(turn: Transition) -> Fields:
    fields: Fields = {
        "state": turn.state,
        "until": repr(turn.until) if turn.until else "",
        "ended": "" if turn.ended is None else repr(turn.ended),
        "how": turn.how,
        "looked": "" if turn.looked is None else repr(turn.looked),
        "doubt": "1" if turn.doubt else "",
    }
    trouble = turn.trouble
    if trouble is None:
        return fields
    return fields | {
        "code": orjson.dumps(trouble.code),
        "reason": orjson.dumps(reason_of(trouble)),
        "detail": orjson.dumps(trouble.detail or None),
        "since": repr(trouble.since),
        "retryable": "true" if trouble.retryable else "false",
    }
