"""A connection to Redis for what must be fast: no task, lock or timer a command, a write a turn of the loop.

redis-py connects it (address, TLS, credentials, Sentinel, epoch) and hands its transport over. A command
costs half of its CPU alone and a fifth among many (docs/adr/0018-redis-py-connects-the-wire-speaks.md).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import hiredis
from redis._parsers import BaseParser
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from typing_extensions import override

from shared.redis.master_pool import OneMasterPool

LATE_REPLY_S = 0.005
"""How long the loop gets to hear a reply that is late."""

Value = bytes | str | int | float


class NotConfirmedError(RedisConnectionError):
    """Redis did not confirm a command; it may have carried it out all the same."""


class PipelinedConnection(asyncio.Protocol):
    """A connection that is cut when the oldest command waits longer than `patience` (seconds).

    So no command needs a timer of its own, and all that wait learn of the trouble at once. With `strict` an
    error reply cuts it, too. What Redis says unasked (pub/sub) goes to `on_push`.
    """

    def __init__(
        self, patience: float, *, strict: bool = False, on_push: Callable[[Any], None] | None = None
    ) -> None:
        self.open = False
        self.closed = asyncio.Event()
        self.reason = ""
        self._patience = patience
        self._strict = strict
        self._on_push = on_push
        self._reader = hiredis.Reader(replyError=BaseParser.parse_error)
        self._out: list[bytes] = []
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._late: asyncio.Future[Any] | None = None  # too old when it was looked at last
        self._streams: object = None
        self._transport: asyncio.Transport
        self._loop: asyncio.AbstractEventLoop

    def send(self, *command: Value) -> asyncio.Future[Any]:
        """Send a command; the future holds the reply or raises RedisError, as this does when it is cut."""
        if not self.open:
            raise NotConfirmedError(self.reason or "not connected")
        packed = hiredis.pack_command(command)  # type: ignore[arg-type]  # any length is fine
        future = self._loop.create_future()
        self._waiting.append((future, self._loop.time()))
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(packed)
        return future

    def take_over(self, connection: AbstractConnection) -> None:
        """Go on with the transport of a connection that is connected; that one knows nothing of it then."""
        reader, writer = connection._reader, connection._writer  # noqa: SLF001  # there is no public way
        connection._reader = connection._writer = None  # noqa: SLF001  # what it has not it cannot close
        transport = cast("asyncio.Transport", cast("asyncio.StreamWriter", writer).transport)
        self._streams = (reader, writer)  # asyncio closes the transport of a stream that nobody holds
        transport.set_protocol(self)
        self.connection_made(transport)

    def cut(self, reason: str) -> None:
        """Drop the connection; everything that waits fails now with NotConfirmedError."""
        self.reason = self.reason or reason
        if self.open:
            self._transport.abort()
        self.open = False
        self._out.clear()
        if self._watch:
            self._watch.cancel()
            self._watch = None
        while self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_exception(NotConfirmedError(reason))
                future.exception()  # heard: whoever has left need not ask
        self.closed.set()

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a stream's
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self.open = True

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.cut(f"connection lost: {exc or 'closed by Redis'}")

    @override
    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not False:
                self._take(reply)
        except hiredis.ProtocolError as error:
            self.cut(f"not Redis: {error}")

    def _take(self, reply: Any) -> None:
        refused = isinstance(reply, RedisError)
        if refused and self._strict:
            self.cut(f"{type(reply).__name__}: {reply}")
        elif self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                _settle(future, reply, refused=refused)
        elif self._on_push is not None:
            self._on_push(reply)
        else:
            self.cut("not Redis: it answers what nobody asked")

    def _flush(self) -> None:
        if not self.open:
            return
        self._transport.write(b"".join(self._out))
        self._out.clear()
        if self._watch is None:
            self._watch = self._loop.call_later(self._patience, self._look)

    def _look(self) -> None:
        self._watch = None
        if not self._waiting:
            return
        oldest, sent = self._waiting[0]
        waited = self._loop.time() - sent
        if waited < self._patience:
            self._watch = self._loop.call_later(self._patience - waited, self._look)
        elif oldest is self._late:
            self.cut(f"silent for {waited * 1000:.0f} ms")
        else:
            # Its reply may be here already: a loop that stood still may run timers before it hears sockets.
            self._late = oldest
            self._watch = self._loop.call_later(LATE_REPLY_S, self._look)


async def open_pipelined(
    pool: ConnectionPool,
    patience: float,
    *,
    strict: bool = False,
    on_push: Callable[[Any], None] | None = None,
) -> tuple[PipelinedConnection, AbstractConnection]:
    """Connect as the pool would. Whoever opens a wire cuts it; the pool does not know it.

    Returns the wire and where it leads (host and port, to see whether that is still the master). Raises
    RedisError or OSError.
    """
    connection = pool.make_connection()
    await connection.connect()
    wire = PipelinedConnection(patience, strict=strict, on_push=on_push)
    wire.take_over(connection)
    if isinstance(pool, OneMasterPool):
        pool.watch_over(wire, connection)
    return wire, connection


def _settle(future: asyncio.Future[Any], reply: Any, *, refused: bool) -> None:
    if refused:
        future.set_exception(reply)
        future.exception()  # heard: whoever has left need not ask
    else:
        future.set_result(reply)
