"""One chat's queue of replies in Redis, held by one worker at a time under a lease."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import orjson
from redis.asyncio import Redis

from shared.process.stored import note
from shared.redis import keys
from shared.redis.lua import scripts
from shared.redis.lua.scripts import RecordEpochSeenReply
from shared.wires.outbox import PendingPicture, read_picture
from worker.avito.requests import Picture
from worker.outbox.decide import Transition
from worker.outbox.outcome import reason_of
from worker.outbox.reply import Reply, read_reply

LEASE_S = 6.0
"""How long a chat waits after its worker died before another one takes it over."""

ReplyFields = dict[str, str | bytes | float]


def lease_of(account_id: int, chat_id: str) -> str:
    """Return the key of the lease under which one worker delivers in this chat."""
    return keys.lease(f"deliver:{account_id}:{chat_id}")


async def meet_epoch(redis: Redis, now: float) -> RecordEpochSeenReply:
    """Return Redis' present epoch and when the outbox first met it (Unix seconds), now if not before.

    Anything older may have been lost with the tail of an earlier epoch. Raises RedisError.
    """
    return await scripts.record_epoch_seen(now=now).run(redis)


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

        `empty`: there is none, and the lease is released in the same instant, for the next reply.
        Replies that cannot be read leave the queue.
        """
        call = scripts.take_reply(
            account_id=self.account_id,
            chat_id=self.chat_id,
            lease_key=self._lease,
            now=now,
            owner=self.token,
            lease_ms=LEASE_S * 1000,
        )
        while (taken := await call.run(self.redis)).status == "unreadable":
            note(keys.reply(self.account_id, taken.fields[b"ref"].decode(errors="replace")), "reply")
        return read_reply(taken.fields) if taken.status == "reply" else taken.status

    async def begin(self, reply: Reply, words: str, now: float) -> bool:
        """Note that an attempt begins; False when it must not."""
        call = scripts.begin_attempt(
            account_id=self.account_id,
            chat_id=self.chat_id,
            lease_key=self._lease,
            now=now,
            owner=self.token,
            ref=reply.ref,
            match=words,
        )
        return await call.run(self.redis)

    async def apply(self, reply: Reply, transition: Transition, now: float) -> bool:
        """Put the reply into its next state; False when it has changed meanwhile."""
        return await self.change(reply, _fields(transition), now)

    async def change(self, reply: Reply, fields: ReplyFields, now: float) -> bool:
        """Change fields of a reply; False when it is not in the state any more in which it was taken."""
        call = scripts.update_reply(
            account_id=self.account_id,
            chat_id=self.chat_id,
            lease_key=self._lease,
            now=now,
            owner=self.token,
            ref=reply.ref,
            state=reply.state,
            fields=fields,
        )
        return await call.run(self.redis)

    async def withdraw(self, reply: Reply, now: float) -> None:
        """Cancel a reply that is not being sent; one that has changed meanwhile stays."""
        call = scripts.cancel_reply(account_id=self.account_id, chat_id=self.chat_id, ref=reply.ref, now=now)
        await call.run(self.redis)

    async def claimed(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these messages are known to be replies of ours."""
        if not message_ids:
            return frozenset()
        found = await self.redis.zmscore(keys.claims(self.account_id, self.chat_id), [*message_ids])
        return frozenset(one for one, score in zip(message_ids, found, strict=True) if score is not None)

    async def picture(self, kept: str) -> Picture | None:
        """Return the picture of a reply, None when not all of it is kept. `kept`: the reply's `picture`."""
        where = read_picture(kept)
        if where is None:
            return None
        name = keys.picture(self.account_id, where.id)
        chunks: list[bytes] = []
        while chunk := await self.redis.lindex(name, len(chunks)):
            chunks.append(chunk)
        data = b"".join(chunks)
        if len(data) != where.size:
            return None
        return Picture(data, f"picture.{_extension(where)}", where.content_type)

    async def renew(self) -> bool:
        """Renew the lease; False when it was lost."""
        call = scripts.renew_if_same(lease_key=self._lease, owner=self.token, ms=LEASE_S * 1000)
        return await call.run(self.redis)

    async def release(self) -> None:
        """Release the lease."""
        await scripts.drop_if_same(string_key=self._lease, seen=self.token).run(self.redis)


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
