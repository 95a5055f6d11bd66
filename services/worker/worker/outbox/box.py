"""One chat's queue of replies in Redis, held by one worker at a time under a lease."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import orjson
from redis.asyncio import Redis

from shared.redis import keys, lua
from shared.wires.outbox import PendingPicture, read_picture
from worker.avito.requests import Picture
from worker.outbox.decide import Transition
from worker.outbox.outcome import reason_of
from worker.outbox.reply import Reply, read_reply

TAKE = lua.load("take_reply")
BEGIN = lua.load("begin_attempt")
TURN = lua.load("update_reply")
CANCEL = lua.load("cancel_reply")
_MEET_EPOCH = lua.load("record_epoch_seen")
_RENEW = lua.load("renew_if_same")
_DROP = lua.load("drop_if_same")

LEASE_S = 6.0
"""How long a chat waits after its worker died before another one takes it over."""

ReplyFields = dict[str, str | bytes | float]


def lease_of(account_id: int, chat_id: str) -> str:
    """Return the key of the lease under which one worker delivers in this chat."""
    return keys.lease(f"deliver:{account_id}:{chat_id}")


async def epoch_met_at(redis: Redis, now: float) -> float:
    """Return when the outbox first met Redis' present epoch (Unix seconds), now if not before.

    Anything older may have been lost with the tail of an earlier epoch. Raises RedisError.
    """
    return float(await _MEET_EPOCH.run(redis, [keys.STATE], [repr(now)]))


@dataclass(frozen=True, slots=True)
class Box:
    """The queue, held by the owner of `token`. Every method raises RedisError when nothing was changed."""

    redis: Redis
    account_id: int
    chat_id: str
    token: str

    @property
    def _lease(self) -> str:
        return lease_of(self.account_id, self.chat_id)

    async def take(self, now: float) -> Reply | Literal["busy", "empty"]:
        """Take or keep the lease and return the chat's first reply.

        A reply from an earlier epoch is unconfirmed: Redis may have lost its outcome.

        `empty`: there is none, and the lease is released in the same instant, so that the next reply finds
        the chat free.
        """
        names = [
            keys.STATE,
            keys.JOURNAL,
            self._lease,
            keys.outbox(self.account_id, self.chat_id),
            keys.to_deliver(self.account_id),
            keys.reply(self.account_id, ""),
            keys.OUTBOX_WAITING,
        ]
        arguments = [repr(now), self.token, int(LEASE_S * 1000), self.chat_id, self.account_id]
        status, *flat = await TAKE.run(self.redis, names, arguments)
        if status == b"reply":
            return read_reply(dict(zip(flat[::2], flat[1::2], strict=True)))
        return "busy" if status == b"busy" else "empty"

    async def begin(self, reply: Reply, words: str, now: float) -> bool:
        """Note that an attempt begins; False when it must not."""
        names = [
            *(keys.STATE, keys.JOURNAL, self._lease, keys.outbox(self.account_id, self.chat_id)),
            keys.reply(self.account_id, reply.ref),
            keys.thread(self.account_id, self.chat_id),
        ]
        return bool(await BEGIN.run(self.redis, names, [repr(now), self.token, reply.ref, words]))

    async def apply(self, reply: Reply, transition: Transition, now: float) -> bool:
        """Put the reply into its next state; False when it has changed meanwhile."""
        return await self.change(reply, _fields(transition), now)

    async def change(self, reply: Reply, fields: ReplyFields, now: float) -> bool:
        """Change fields of a reply that is still in the state it was taken in, see lua/_outbox.lua."""
        names = [
            *(keys.STATE, keys.JOURNAL, self._lease, keys.outbox(self.account_id, self.chat_id)),
            keys.reply(self.account_id, reply.ref),
            *(
                keys.OUTBOX_WAITING,
                keys.to_deliver(self.account_id),
                keys.failed(self.account_id, self.chat_id),
            ),
            keys.PICTURES,
        ]
        flat = [part for pair in fields.items() for part in pair]
        return bool(await TURN.run(self.redis, names, [repr(now), self.token, reply.state, *flat]))

    async def withdraw(self, reply: Reply, now: float) -> None:
        """Cancel a reply that is not being sent; one that has changed meanwhile stays."""
        names = [
            *(keys.STATE, keys.JOURNAL, keys.reply(self.account_id, reply.ref)),
            *(
                keys.outbox(self.account_id, self.chat_id),
                keys.OUTBOX_WAITING,
                keys.to_deliver(self.account_id),
            ),
            *(keys.failed(self.account_id, self.chat_id), keys.PICTURES),
            keys.chat(self.account_id, self.chat_id),
        ]
        await CANCEL.run(self.redis, names, [repr(now)])

    async def claimed(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these messages are known to be replies of ours."""
        if not message_ids:
            return frozenset()
        found = await self.redis.execute_command(
            "ZMSCORE", keys.claims(self.account_id, self.chat_id), *message_ids
        )
        return frozenset(
            message_id for message_id, score in zip(message_ids, found, strict=True) if score is not None
        )

    async def picture(self, kept: str) -> Picture | None:
        """Return the picture of a reply, None when not all of it is kept. `kept`: the reply's `picture`."""
        where = read_picture(kept)
        if where is None:
            return None
        name = keys.picture(self.account_id, where.id)
        chunks: list[bytes] = []
        while chunk := await self.redis.execute_command("LINDEX", name, len(chunks)):
            chunks.append(chunk)
        data = b"".join(chunks)
        if len(data) != where.size:
            return None
        return Picture(data, f"picture.{_extension(where)}", where.content_type)

    async def renew(self) -> bool:
        """Renew the lease; False when it was lost."""
        return bool(await _RENEW.run(self.redis, [self._lease], [self.token, int(LEASE_S * 1000)]))

    async def release(self) -> None:
        """Release the lease."""
        await _DROP.run(self.redis, [self._lease], [self.token])


def _fields(transition: Transition) -> ReplyFields:
    fields: ReplyFields = {
        "state": transition.state,
        "until": repr(transition.until) if transition.until else "",
        "ended": "" if transition.ended is None else repr(transition.ended),
        "how": transition.how,
        "looked": "" if transition.checked is None else repr(transition.checked),
        "doubt": "1" if transition.unconfirmed else "",
    }
    trouble = transition.trouble
    if trouble is None:
        return fields
    return fields | {
        "code": orjson.dumps(trouble.code),
        "reason": orjson.dumps(reason_of(trouble)),
        "detail": orjson.dumps(trouble.detail or None),
        "since": repr(trouble.since),
        "retryable": "true" if trouble.retryable else "false",
    }


def _extension(kept: PendingPicture) -> str:
    kind = kept.content_type.partition("/")[2]
    return "jpg" if kind == "jpeg" else kind
