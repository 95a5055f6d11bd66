"""Watches the server, and opens an epoch where another run, or another state of its data, answers."""

from collections.abc import Callable

from redis.asyncio.connection import AbstractConnection
from typing_extensions import override

from shared.redis.epoch import name_epoch
from shared.redis.journal import NOWHERE, JournalPosition
from shared.redis.lua.scripts import OpenEpochReply
from shared.redis.server_watch import ServerWatch
from shared.redis.tracked_pool import TrackedPool


class EpochWatch(ServerWatch):
    """Opens an epoch as well: for a new run, and for data that were set back while the server runs on.

    `position`: how far in the journal this process has come, if it knows that better than from its looks.
    """

    def __init__(
        self,
        *pools: TrackedPool,
        commits: bool = False,
        position: Callable[[], JournalPosition] | None = None,
    ) -> None:
        super().__init__(*pools)
        self._commits = commits
        self._position = position
        self._seen: OpenEpochReply | None = None

    @override
    async def ask(self, connection: AbstractConnection) -> None:
        seen = self._seen
        if self._position and (reached := self._position()) != NOWHERE:
            seen = OpenEpochReply(reached.epoch, reached.seq, "")
        self._seen = await name_epoch(connection, commits=self._commits, seen=seen)
