"""What sweeps keep in Redis: marks, the first import, chats to recheck, counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.process.stored import read_each, read_or, texts
from shared.redis import keys
from shared.redis.lua import scripts
from worker.avito.chats import ChatListing
from worker.messages.commit import Expected
from worker.sync.sweep.dead_letter_answers import answer_letters
from worker.sync.sweep.marks import Mark, decode, encode, mark_unread, unlisted_beyond

MOST_MARKS = 5_000
_COUNTED_UP = ["shown", "import_total"]
"""Redis counts them up, which fails for what is no number."""


@dataclass(frozen=True, slots=True)
class Import:
    """The first import. `began` 0.0: not yet; `left`: chats that are still to be read, the newest first.

    `whole`: it takes all chats of a whole list. Version 0.1 left out those beyond the 300th.
    """

    began: float
    total: int
    left: tuple[str, ...]
    whole: bool = False


class OtherEpochError(RedisError):
    """Another Redis answers than when the sweep began, or the same with other data."""


@dataclass(frozen=True, slots=True)
class SweepState:
    """The state of one account's sweeps. Every method raises redis.exceptions.RedisError."""

    redis: Redis
    account_id: int

    async def marks(self) -> dict[str, Mark]:
        """Return the mark of every chat that was verified."""
        found: dict[bytes, bytes] = await self.redis.hgetall(keys.verified(self.account_id))
        read = read_each(
            keys.verified(self.account_id), found.items(), lambda one: (one[0].decode(), decode(one[1]))
        )
        return {chat: mark for chat, mark in read if mark is not None}

    async def mark(self, chat_id: str) -> Mark | None:
        """Return the mark of one chat, None where it was never verified."""
        found = await self.redis.hget(keys.verified(self.account_id), chat_id)
        return None if found is None else decode(found)

    async def epoch(self) -> bytes:
        """Return the epoch, b'' while none is open."""
        return await self.redis.hget(keys.STATE, "epoch") or b""

    async def mark_in(self, epoch: bytes, chat_id: str) -> Mark | None:
        """Return the mark of one chat, None where it was never verified. Raises OtherEpochError."""
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.hget(keys.verified(self.account_id), chat_id)
            pipe.hget(keys.STATE, "epoch")
            found, now = await pipe.execute()
        if (now or b"") != epoch:
            raise OtherEpochError(f"another epoch began before chat {chat_id} was read")
        return None if found is None else decode(found)

    async def put(self, chat_id: str, mark: Mark, epoch: bytes, shown: int = 0) -> None:
        """Keep the mark of a chat that was verified; it leaves the first import.

        `epoch`: in which its reading began. Raises OtherEpochError in another one: what was committed since
        then may lie in a Redis that was replaced. `shown`: its messages that were verified for the first
        time; they are counted together with the mark.
        """
        account_id = self.account_id
        call = scripts.keep_mark(
            epoch=epoch,
            chat_id=chat_id,
            mark=encode(mark),
            shown=shown,
            verified_key=keys.verified(account_id),
            to_import_key=keys.to_import(account_id),
            sweep_key=keys.sweep(account_id),
        )
        if not await call.run(self.redis):
            raise OtherEpochError(f"another epoch began while chat {chat_id} was read")

    async def keep_only(self, listed: set[str], marks: dict[str, Mark]) -> None:
        """Drop marks of chats that Avito no longer lists, the oldest first, while there are too many."""
        gone = unlisted_beyond(marks, listed, MOST_MARKS)
        if gone:
            await self.redis.hdel(keys.verified(self.account_id), *gone)

    async def recheck_in_new_epoch(self, chats: Iterable[str], *, whole: bool) -> None:
        """Note these chats for a recheck, once in each epoch: the Redis before it may have lost writes.

        A mark that was written to one master may speak of messages that only another one had. `whole`: these
        are all the chats; otherwise those of the next list follow.
        """
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.hget(keys.STATE, "epoch")
            pipe.hget(keys.sweep(self.account_id), "epoch")
            epoch, swept = await pipe.execute()
        if epoch is None or epoch == swept:
            return
        async with self.redis.pipeline(transaction=True) as pipe:
            for chat_id in chats if swept else ():
                pipe.hset(keys.to_recheck(self.account_id), chat_id, epoch)
            if whole or not swept:
                pipe.hset(keys.sweep(self.account_id), "epoch", epoch)
            await pipe.execute()

    async def rechecks(self) -> dict[str, bytes]:
        """Return the chats to be read even if no list shows a change, with the token of each recheck."""
        found: dict[bytes, bytes] = await self.redis.hgetall(keys.to_recheck(self.account_id))
        key = keys.to_recheck(self.account_id)
        return dict(read_each(key, found.items(), lambda one: (one[0].decode(), one[1])))

    async def recheck_in(self, chat_id: str) -> tuple[bytes | None, bytes]:
        """Return the token of a chat's recheck, None for none, and the epoch in which it is read."""
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.hget(keys.to_recheck(self.account_id), chat_id)
            pipe.hget(keys.STATE, "epoch")
            token, epoch = await pipe.execute()
        return token, epoch or b""

    async def end_recheck(self, chat_id: str, token: bytes, epoch: bytes, refusal: str = "") -> None:
        """Drop the recheck with this token, but none that was noted after it; answer the dead letters.

        `epoch`: in which it was read; in another one all stays as it is, to be read again. `refusal`: the
        words for a chat that Avito does not have.
        """
        call = scripts.end_recheck(epoch=epoch, chat_id=chat_id, account_id=self.account_id, token=token)
        if await call.run(self.redis):
            await answer_letters(self.redis, self.account_id, chat_id, refusal)

    async def first_import(self) -> Import:
        """Return how far the first import has come."""
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.hmget(keys.sweep(self.account_id), ["import_began", "import_total", "import_whole"])
            pipe.zrevrange(keys.to_import(self.account_id), 0, -1)
            (began, total, whole), left = await pipe.execute()
        key, names = keys.sweep(self.account_id), texts(keys.to_import(self.account_id), left)
        return Import(
            read_or(key, began, float, 0.0), read_or(key, total, int, 0), tuple(names), whole is not None
        )

    async def widen_import(
        self, began: float, chosen: Sequence[ChatListing], left: Sequence[ChatListing], *, whole: bool
    ) -> None:
        """Add chats to the first import: `chosen` are to be read, `left` stay as they are.

        `whole`: the list had all chats, so none follow.
        """
        async with self.redis.pipeline(transaction=True) as pipe:
            facts = {"import_began": repr(began)} | ({"import_whole": 1} if whole else {})
            pipe.hset(keys.sweep(self.account_id), mapping=facts)
            pipe.hincrby(keys.sweep(self.account_id), "import_total", len(chosen))
            for chat in chosen:
                pipe.zadd(keys.to_import(self.account_id), {chat.chat_id: chat.updated})
            for chat in left:
                pipe.hset(keys.verified(self.account_id), chat.chat_id, encode(mark_unread(chat)))
            await pipe.execute()

    async def leave_import(self, chat_id: str) -> None:
        """Take a chat that cannot be read out of the first import."""
        await self.redis.zrem(keys.to_import(self.account_id), chat_id)

    async def began(self) -> float:
        """Return when the last sweep began, 0.0 for never."""
        key = keys.sweep(self.account_id)
        return read_or(key, await self.redis.hget(key, "began"), float, 0.0)

    async def note_beginning(self, now: float) -> None:
        """Note that a sweep begins; it answers any request for an early one."""
        key = keys.sweep(self.account_id)
        counts = dict(zip(_COUNTED_UP, await self.redis.hmget(key, _COUNTED_UP), strict=True))
        junk = [name for name, count in counts.items() if count and read_or(key, count, int, None) is None]
        async with self.redis.pipeline(transaction=True) as pipe:
            if junk:
                pipe.hdel(key, *junk)
            pipe.hset(key, "began", repr(now))
            pipe.delete(keys.sweep_requested(self.account_id))
            await pipe.execute()

    async def ask_early(self, now: float) -> None:
        """Ask for an early sweep."""
        await self.redis.set(keys.sweep_requested(self.account_id), repr(now), nx=True, ex=600)

    async def write_counts(self, missing: int, unchecked: int, *, beyond: bool, error: str) -> int:
        """Write the outcome where the status reads it; return how many messages are shown.

        `beyond`: Avito has chats that it does not list. `error`: why the list was not read, '' if it was.
        """
        key = keys.sweep(self.account_id)
        shown = read_or(key, await self.redis.hget(key, "shown"), int, 0)
        facts = {
            "sweep_received": shown + missing,
            "sweep_shown": shown,
            "sweep_missing": missing,
            "sweep_unchecked": unchecked,
            "sweep_beyond": int(beyond),
            "sweep_error": error,
        }
        failures = read_or(keys.FACTS, await self.redis.hget(keys.FACTS, "sweep_failures"), int, 0)
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.hset(keys.FACTS, mapping=facts)
            if error:
                pipe.hset(keys.FACTS, "sweep_failures", failures + 1)
            else:
                pipe.hdel(keys.FACTS, "sweep_failures")
            await pipe.execute()
        return shown

    async def write_progress(self, done: int, total: int, unchecked: int) -> None:
        """Write how far the first import is, and how many chats are unchecked, where the status reads it."""
        facts = {"import_done": done, "import_total": total, "sweep_unchecked": unchecked}
        await self.redis.hset(keys.FACTS, mapping=facts)

    async def held_chats(self) -> set[str]:
        """Return every chat that operators see."""
        key = keys.chats(self.account_id)
        return set(texts(key, await self.redis.zrange(key, 0, -1)))

    async def unread_chats(self) -> set[str]:
        """Return every chat shown as unread."""
        key = keys.unread(self.account_id)
        return set(texts(key, await self.redis.zrange(key, 0, -1)))

    async def expected(self) -> Expected | None:
        """Return since when webhooks are expected; None while they are not, or not yet in this epoch."""
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.hmget(keys.FACTS, ["subscribed_since", "subscribed_epoch"])
            pipe.hget(keys.STATE, "epoch")
            (since, noted_in), epoch = await pipe.execute()
        began = read_or(keys.FACTS, since, float, None)
        if began is None or (noted_in and noted_in != epoch):
            return None
        return Expected(began, epoch or b"")
