"""Watches the server, and opens an epoch where another run, or another state of its data, answers."""

from collections.abc import Callable

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from typing_extensions import override

from shared.redis import keys
from shared.redis.epoch import name_epoch
from shared.redis.lua.scripts import OpenEpochReply
from shared.redis.server_watch import ServerWatch
from shared.redis.tracked_pool import TrackedPool


class EpochWatch(ServerWatch):
    """Opens an epoch as well: for a new run, and for data that were set back while the server runs on.

    `newest`: the newest event that this process knows, if it knows that better than from its looks.
    """

    def __init__(
        self,
        *pools: TrackedPool,
        commits: bool = False,
        newest: Callable[[], OpenEpochReply] | None = None,
    ) -> None:
        super().__init__(*pools)
        self._commits = commits
        self._newest = newest
        self._seen: OpenEpochReply | None = None

    @override
    async def ask(self, connection: AbstractConnection) -> None:
        seen = self._seen
        if self._newest and (newest := self._newest()).epoch:
            is_named = not newest.event and seen and (seen.epoch, seen.seq) == (newest.epoch, newest.seq)
            seen = seen if is_named else newest
        self._seen = await name_epoch(connection, commits=self._commits, seen=seen)
        for pool in self._pools:
            pool.newest = self._seen.epoch, self._seen.seq


async def is_set_back(redis: Redis) -> bool:
    """Tell whether the data are older than at the last look, which no epoch tells yet. Raises RedisError."""
    pool = redis.connection_pool
    if not isinstance(pool, TrackedPool) or pool.newest is None:
        return False
    before, newest = pool.newest
    epoch, seq = await redis.hmget(keys.STATE, ["epoch", "seq"])
    if epoch != before.encode():
        return False
    # Junk counts as set back: what is noted of the reply that waits brings the number of the journal.
    seq = seq or b"0"
    return not seq.isdigit() or int(seq) < newest
