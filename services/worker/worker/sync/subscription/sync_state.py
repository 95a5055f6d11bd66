"""The state of sync in Redis, from which another worker goes on when it takes over."""

import math
from dataclasses import dataclass, replace
from typing import Any, cast

import orjson
from redis.asyncio import Redis

from shared.process.stored import read_each, read_or
from shared.redis import keys
from shared.redis.lua import scripts
from shared.wires import heartbeat
from worker.sync.subscription.mode import Listed, Mode, SyncFacts
from worker.sync.subscription.switch import ModeSwitch

_MOST_FOUND = 5_000
_WORKERS_APART_S = 60.0
"""The clocks of two workers may differ by so much; a later time was noted by a clock that was wrong."""
_FACTS = ("wanted", "wanted_by", "listed", "listed_host", "mode", "reason", "reason_code", "avito", "trouble")


@dataclass(frozen=True, slots=True)
class SyncState:
    """The state of one account. Only the owner of the lease writes what Avito lists, and the mode.

    Every method raises redis.exceptions.RedisError.
    """

    redis: Redis
    account_id: int
    lease: str
    owner: str

    async def glance(self) -> list[bytes | None]:
        """Return the raw facts, to be compared with those before."""
        return await self.redis.hmget(keys.FACTS, [*_FACTS])

    async def read(self, oldest_miss: float, now: float = math.inf) -> SyncFacts:
        """Return all facts; drop misses from before `oldest_miss` or after `now` (Unix s).

        Otherwise a miss would outlast a clock that is set back.
        """
        newest_miss = now + _WORKERS_APART_S
        missed = keys.missed_webhooks(self.account_id)
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.hmget(keys.FACTS, [*_FACTS])
            pipe.hget(keys.STATE, "epoch")
            pipe.zrange(missed, 0, -1, withscores=True)
            facts, epoch, misses = await pipe.execute()
        if misses and misses[0][1] < oldest_miss:
            await self.redis.zremrangebyscore(missed, "-inf", f"({oldest_miss}")
        if misses and misses[-1][1] > newest_miss:
            await self.redis.zremrangebyscore(missed, f"({newest_miss}", "+inf")
        wanted, by, listed, host, mode, reason, code, avito, trouble = (_text(value) for value in facts)
        return SyncFacts(
            wanted=None if not wanted or (wanted == "0" and by == "list") else wanted == "1",
            listed=cast("Listed", listed) if listed in ("ours", "another", "none") else None,
            host=host,
            mode=cast("Mode", mode) if mode in ("webhook", "polling") else None,
            reason=reason,
            code=code,
            avito=avito,
            trouble=trouble,
            epoch=_text(epoch),
            misses=tuple(score for _, score in misses if oldest_miss <= score <= newest_miss),
        )

    async def note_listing(self, listed: Listed, host: str, now: float) -> bool:
        """Note what Avito lists; where our URL is not listed, no webhook can be missed.

        False: the lease is lost, so the list may be out of date.
        """
        call = scripts.record_subscription(
            account_id=self.account_id,
            lease_key=self.lease,
            owner=self.owner,
            now=now,
            listed=listed,
            host=host,
        )
        return await call.run(self.redis)

    async def note_wanted(self, *, wanted: bool) -> None:
        """Note the wish that the list shows; one that the owner stated stays."""
        call = scripts.record_wanted_mode(lease_key=self.lease, owner=self.owner, wanted=wanted)
        await call.run(self.redis)

    async def tell(self, switch: ModeSwitch) -> bool:
        """Make the mode hold; keep it as a switch when it differs from the one before."""
        is_switch = switch.before is not None and switch.before != switch.mode
        return await self._publish(switch, switch.to_json() if is_switch else b"", b"")

    async def add_recovered(self, switch: ModeSwitch, messages: int) -> None:
        """Publish how many messages the sweep after a switch brought in."""
        now = replace(switch, recovered=switch.recovered + messages)
        await self._publish(now, now.to_json(), switch.to_json())

    async def _publish(self, switch: ModeSwitch, entry: bytes, replaced: bytes) -> bool:
        call = scripts.publish_mode(
            lease_key=self.lease,
            owner=self.owner,
            now=switch.at,
            account_id=self.account_id,
            mode=switch.mode,
            reason=switch.reason,
            reason_json=orjson.dumps(switch.reason or None),
            code=switch.code,
            trouble=switch.trouble,
            recovered=switch.recovered,
            switch=entry,
            replaced=replaced,
            detail=switch.detail,
            detail_json=orjson.dumps((not switch.trouble and switch.detail) or None),
        )
        return await call.run(self.redis)

    async def forget_misses(self) -> None:
        """Count misses anew."""
        await self.redis.delete(keys.missed_webhooks(self.account_id))

    async def found_by_sweep(self, now: float) -> dict[str, float]:
        """Return when a sweep found each message whose expected webhook has not come, for the newest 5,000.

        Times from a clock that was ahead are dropped. In a new epoch there are none before note_listing.
        """
        if not await self.redis.zcard(keys.found_by_sweep(self.account_id)):
            return {}
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.hmget(keys.FACTS, ["subscribed_since", "subscribed_epoch"])
            pipe.hget(keys.STATE, "epoch")
            (since, noted_in), epoch = await pipe.execute()
        if noted_in and noted_in != epoch:
            return {}
        began = read_or(keys.FACTS, since, float, None)
        if began is not None:
            await self.redis.zremrangebyscore(keys.found_by_sweep(self.account_id), "-inf", f"({began!r}")
        newest = now + _WORKERS_APART_S
        await self.redis.zremrangebyscore(keys.found_by_sweep(self.account_id), f"({newest}", "+inf")
        await self.redis.zremrangebyrank(keys.found_by_sweep(self.account_id), 0, -_MOST_FOUND - 1)
        found = await self.redis.zrange(keys.found_by_sweep(self.account_id), 0, -1, withscores=True)
        key = keys.found_by_sweep(self.account_id)
        return dict(read_each(key, found, lambda one: (one[0].decode(), float(one[1]))))

    async def all_committed_until(self, now: float) -> float:
        """Return until when (Unix s) every accepted webhook has been committed; 0.0: not known.

        Webhooks in the inbox or in an ingest's spool are accepted and not committed.
        """
        living = await heartbeat.live_processes(self.redis, "ingest")
        if any(_spooled(facts) for facts in living.values()):
            return 0.0
        oldest = await self.redis.xrange(keys.INBOX, count=1)
        return min(now, int(oldest[0][0].partition(b"-")[0]) / 1000) if oldest else now

    async def note_missed(self, names: list[str], now: float) -> int:
        """Count these messages as missed, unless an unverified webhook told of them; return how many."""
        if not names:
            return 0
        account = self.account_id
        unverified = await self.redis.zmscore(keys.unverified_messages(account), names)
        missed = [name for name, at in zip(names, unverified, strict=True) if at is None]
        async with self.redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.zrem(keys.found_by_sweep(account), name)
            removed = await pipe.execute()
        still = {name for name, gone in zip(names, removed, strict=True) if gone}
        counted = {name: now for name in missed if name in still}
        if counted:
            await self.redis.zadd(keys.missed_webhooks(account), counted)
        return len(counted)


def _text(value: bytes | None) -> str:
    return value.decode("utf-8", "replace") if value else ""


def _spooled(facts: dict[str, Any]) -> bool:
    spooled = facts.get("spooled")
    return isinstance(spooled, int | float) and spooled > 0
