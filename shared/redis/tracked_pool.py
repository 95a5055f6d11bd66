"""A pool that can close every connection to a Redis that is none of ours any more, also those in use."""

import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from typing_extensions import override

from shared.redis.server_run import RUNS

_LOG = logging.getLogger("shared.redis")

REPLACED = "another Redis has become the master"


class Abortable(Protocol):
    """A connection that the pool made and does not own."""

    def abort(self, reason: str) -> None:
        """Close it at once."""


class TrackedPool(ConnectionPool):
    """Knows all connections that it made, until they are garbage.

    `newest`: the epoch and the number of its newest event, when they were looked at last (epoch_watch.py).
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._tracked = WeakKeyDictionary[Abortable, AbstractConnection]()
        self.newest: tuple[str, int] | None = None

    @override
    def make_connection(self) -> AbstractConnection:
        """Return a new connection, not yet open, that is not of the pool."""
        made: AbstractConnection = super().make_connection()  # type: ignore[no-untyped-call]  # redis-py's
        made.redis_connect_func = partial(self._connected, made.redis_connect_func)
        return made

    async def _connected(self, finish: Any, connection: AbstractConnection) -> None:
        """Finish a new connection, and let go of those to an earlier server: no command follows there.

        Otherwise work in several steps would find one of them here and the next one there.
        """
        await (finish(connection) if finish else connection.on_connect())
        if run := RUNS.get(connection):
            self.let_go_of_others(run)

    def track(self, pipelined: Abortable, connection: AbstractConnection) -> None:
        """Let go of this one as well; `connection` is what it was made of."""
        self._tracked[pipelined] = connection

    def let_go_of_others(self, run: str) -> None:
        """Close the connections to any other run of a server than this one."""

        def is_stale(connection: AbstractConnection) -> bool:
            before = RUNS.get(connection)
            # One that is let go of counts once, however long it then lies in the pool; and one of before the
            # first mark (server_run.py) has had no other run.
            RUNS[connection] = run
            return before not in (None, "", run)

        if closed := self.let_go(is_stale):
            _LOG.warning("shared.redis.replaced", extra={"run_id": run, "connections": closed})

    def let_go(self, is_stale: Callable[[AbstractConnection], bool]) -> int:
        """Close the connections that lead to a replaced Redis; returns how many there were."""
        stale = [one for one, connection in list(self._tracked.items()) if is_stale(connection)]
        for pipelined in stale:
            self._tracked.pop(pipelined)
            pipelined.abort(REPLACED)
        own = [one for one in (*self._available_connections, *self._in_use_connections) if is_stale(one)]
        return len(stale) + sum(map(_shut_down, own))


def _shut_down(connection: AbstractConnection) -> bool:
    """Close a connection as its peer would: redis-py must not lose a transport that it is about to use."""
    writer = connection._writer  # noqa: SLF001  # there is no public way
    number = -1 if writer is None else writer.get_extra_info("socket").fileno()
    if number >= 0:
        with suppress(OSError), socket.socket(fileno=os.dup(number)) as same:
            same.shutdown(socket.SHUT_RDWR)
    return number >= 0
