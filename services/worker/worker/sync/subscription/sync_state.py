"""What the watch knows and tells, in Redis, so that whoever takes over goes on from there."""

import math
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis

from shared.process import heartbeat
from shared.redis import keys, lua
from worker.sync.subscription.mode import Listed, Mode

_NOTE_LISTING = lua.load("note_listing")
_NOTE_WANTED = lua.load("note_wanted")
_MOST_UNPROVED = 5_000
_WORKERS_APART_S = 60.0
"""So much may the clocks of two workers differ; what is noted for later was noted by a wrong one."""
_FACTS = ("wanted", "wanted_by", "listed", "listed_host", "mode", "reason", "reason_code", "avito")


@dataclass(frozen=True, slots=True)
class Seen:
    """What Redis says now. `wanted` None: nobody said. `mode` None: never decided. `misses`: Unix s."""

    wanted: bool | None
    listed: Listed | None
    host: str
    mode: Mode | None
    reason: str
    code: str
    avito: str
    epoch: str
    misses: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SyncState:
    """One account's. What Avito lists is written by the owner of the lease alone.

    Every method raises redis.exceptions.RedisError.
    """

    redis: Redis
    account_id: int
    lease: str
    owner: str

    async def glance(self) -> list[bytes | None]:
        """Return the facts as they stand, to be compared with what they were."""
        return cast("list[bytes | None]", await self._run("HMGET", keys.FACTS, *_FACTS))

    async def read(self, oldest_miss: float, now: float = math.inf) -> Seen:
        """Return all of it; misses judged before `oldest_miss` or after `now` (Unix s) are forgotten.

        A clock that is set back must not let one last until it comes round again.
        """
        newest_miss = now + _WORKERS_APART_S
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.execute_command("HMGET", keys.FACTS, *_FACTS)
            pipe.execute_command("HGET", keys.STATE, "epoch")
            pipe.zrange(keys.misses(self.account_id), 0, -1, withscores=True)
            facts, epoch, misses = await pipe.execute()
        if misses and misses[0][1] < oldest_miss:
            await self._run("ZREMRANGEBYSCORE", keys.misses(self.account_id), "-inf", f"({oldest_miss}")
        if misses and misses[-1][1] > newest_miss:
            await self._run("ZREMRANGEBYSCORE", keys.misses(self.account_id), f"({newest_miss}", "+inf")
        wanted, by, listed, host, mode, reason, code, avito = (_text(value) for value in facts)
        return Seen(
            wanted=None if not wanted or (wanted == "0" and by == "list") else wanted == "1",
            listed=cast("Listed", listed) if listed in ("ours", "another", "none") else None,
            host=host,
            mode=cast("Mode", mode) if mode in ("webhook", "polling") else None,
            reason=reason,
            code=code,
            avito=avito,
            epoch=_text(epoch),
            misses=tuple(score for _, score in misses if oldest_miss <= score <= newest_miss),
        )

    async def note_listing(self, listed: Listed, host: str, now: float) -> bool:
        """Write down what stands at Avito; where we do not stand nothing can be missed.

        False: the lease is lost, and what was seen may be old by now.
        """
        account = self.account_id
        names = [keys.STATE, keys.FACTS, keys.unproved(account), keys.misses(account), self.lease]
        return bool(await _NOTE_LISTING.run(self.redis, names, [repr(now), listed, host, self.owner]))

    async def note_wanted(self, *, wanted: bool) -> None:
        """Write down what the list tells of the owner's wish; an owner's own word stands."""
        await _NOTE_WANTED.run(self.redis, [keys.FACTS, self.lease], [int(wanted), self.owner])

    async def forget_misses(self) -> None:
        """Begin anew."""
        await self.redis.delete(keys.misses(self.account_id))

    async def unproved(self, now: float) -> dict[str, float]:
        """Return what only sweeps found since webhooks are expected, by when; no more than can be judged.

        What a clock that was ahead has noted is forgotten. In a new epoch there is nothing until the first
        note_listing.
        """
        if not await self._run("ZCARD", keys.unproved(self.account_id)):
            return {}
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.execute_command("HMGET", keys.FACTS, "subscribed_since", "subscribed_epoch")
            pipe.execute_command("HGET", keys.STATE, "epoch")
            (since, noted_in), epoch = await pipe.execute()
        if noted_in and noted_in != epoch:
            return {}
        if since:
            await self._run("ZREMRANGEBYSCORE", keys.unproved(self.account_id), "-inf", b"(" + since)
        newest = now + _WORKERS_APART_S
        await self._run("ZREMRANGEBYSCORE", keys.unproved(self.account_id), f"({newest}", "+inf")
        await self._run("ZREMRANGEBYRANK", keys.unproved(self.account_id), 0, -_MOST_UNPROVED - 1)
        found = await self.redis.zrange(keys.unproved(self.account_id), 0, -1, withscores=True)
        return {name.decode(): float(at) for name, at in found}

    async def all_taken_until(self, now: float) -> float:
        """Return until when (Unix s) every webhook that was accepted has been committed; 0.0: not known.

        What lies in the inbox or on the disk of an ingest is accepted and not committed.
        """
        living = await heartbeat.living(self.redis, "ingest")
        if any(_spooled(facts) for facts in living.values()):
            return 0.0
        oldest = await self.redis.xrange(keys.INBOX, count=1)
        return min(now, int(oldest[0][0].partition(b"-")[0]) / 1000) if oldest else now

    async def note_missed(self, names: list[str], now: float) -> int:
        """Turn unproved messages into missed ones, unless a hint came; return how many."""
        if not names:
            return 0
        account = self.account_id
        hinted = await self._run("ZMSCORE", keys.hinted(account), *names)
        missed = [name for name, hint in zip(names, hinted, strict=True) if hint is None]
        async with self.redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.zrem(keys.unproved(account), name)
            removed = await pipe.execute()
        still = {name for name, gone in zip(names, removed, strict=True) if gone}
        counted = {name: now for name in missed if name in still}
        if counted:
            await self.redis.zadd(keys.misses(account), counted)
        return len(counted)

    async def _run(self, *command: Any) -> Any:
        return await self.redis.execute_command(*command)


def _text(value: bytes | None) -> str:
    return value.decode("utf-8", "replace") if value else ""


def _spooled(facts: dict[str, Any]) -> bool:
    spooled = facts.get("spooled")
    return isinstance(spooled, int | float) and spooled > 0
