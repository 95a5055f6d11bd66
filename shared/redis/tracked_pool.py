"""A pool that can close every connection to a Redis that is none of ours any more, also those in use."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from typing_extensions import override

REPLACED = "another Redis has become the master"


class Abortable(Protocol):
    """A connection that the pool made and does not own."""

    def abort(self, reason: str) -> None:
        """Close it at once."""


class TrackedPool(ConnectionPool):
    """Knows all connections that it made, until they are garbage."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._tracked = WeakKeyDictionary[Abortable, AbstractConnection]()

    @override
    def make_connection(self) -> AbstractConnection:
        """Return a new connection, not yet open, that is not of the pool."""
        made: AbstractConnection = super().make_connection()  # type: ignore[no-untyped-call]  # redis-py's
        return made

    def track(self, pipelined: Abortable, connection: AbstractConnection) -> None:
        """Let go of this one as well; `connection` is what it was made of."""
        self._tracked[pipelined] = connection

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
