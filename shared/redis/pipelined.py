"""A pipelined connection to Redis, for what must be fast.

No command needs a task, a lock or a timer of its own, and all commands of one turn of the event loop leave in
one write. redis-py connects (address, TLS, credentials, Sentinel, epoch) and hands its transport over. A
command costs half the CPU alone and a fifth among many (docs/adr/0018-redis-py-connects-the-wire-speaks.md).
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

from shared.redis.tracked_pool import TrackedPool

LATE_REPLY_S = 0.005
"""How long the event loop gets to read a reply that is late."""

Value = bytes | str | int | float


class NotConfirmedError(RedisConnectionError):
    """Redis did not confirm a command; it may have executed it all the same."""


class PipelinedConnection(asyncio.Protocol):
    """A connection that is aborted when the oldest command waits longer than `timeout` (seconds).

    So one timer serves all commands, and all that wait fail at once. With `strict` an error reply aborts the
    connection, too. Messages that are no replies (pub/sub) go to `on_push`.
    """

    def __init__(
        self, timeout: float, *, strict: bool = False, on_push: Callable[[Any], None] | None = None
    ) -> None:
        self.open = False
        self.closed = asyncio.Event()
        self.reason = ""
        self._timeout = timeout
        self._strict = strict
        self._on_push = on_push
        self._reader = hiredis.Reader(replyError=BaseParser.parse_error)
        self._out: list[bytes] = []
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._late: asyncio.Future[Any] | None = None  # found overdue by the last check
        self._streams: object = None
        self._transport: asyncio.Transport
        self._loop: asyncio.AbstractEventLoop

    def send(self, *command: Value) -> asyncio.Future[Any]:
        """Send a command. The future holds the reply or raises RedisError; so does this after an abort."""
        if not self.open:
            raise NotConfirmedError(self.reason or "not connected")
        packed = hiredis.pack_command(command)  # type: ignore[arg-type]  # a tuple of any length
        future = self._loop.create_future()
        self._waiting.append((future, self._loop.time()))
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(packed)
        return future

    def take_over(self, connection: AbstractConnection) -> None:
        """Take the transport of an open connection, which loses it without closing it."""
        reader, writer = connection._reader, connection._writer  # noqa: SLF001  # there is no public way
        connection._reader = connection._writer = None  # noqa: SLF001  # without them it cannot close it
        transport = cast("asyncio.Transport", cast("asyncio.StreamWriter", writer).transport)
        self._streams = (reader, writer)  # asyncio closes the transport of a stream that is collected
        transport.set_protocol(self)
        self.connection_made(transport)

    def abort(self, reason: str) -> None:
        """Close the connection at once; all commands that wait fail with NotConfirmedError."""
        self.reason = self.reason or reason
        if self.open:
            self._transport.abort()
        self.open = False
        self._out.clear()
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            future, _ = self._waiting.popleft()
            _resolve(future, NotConfirmedError(reason))
        self.closed.set()

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a stream's
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self.open = True

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.abort(f"connection lost: {exc or 'closed by Redis'}")

    @override
    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not False:
                self._receive(reply)
        except hiredis.ProtocolError as error:
            self.abort(f"not Redis: {error}")

    def _receive(self, reply: Any) -> None:
        if self._strict and isinstance(reply, RedisError):
            self.abort(f"{type(reply).__name__}: {reply}")
        elif self._waiting:
            future, _ = self._waiting.popleft()
            _resolve(future, reply)
        elif self._on_push is not None:
            self._on_push(reply)
        else:
            self.abort("not Redis: a reply to no command")

    def _flush(self) -> None:
        if not self.open:
            return
        self._transport.write(b"".join(self._out))
        self._out.clear()
        if self._timer is None:
            self._timer = self._loop.call_later(self._timeout, self._check_oldest)

    def _check_oldest(self) -> None:
        self._timer = None
        if not self._waiting:
            return
        oldest, sent = self._waiting[0]
        waited = self._loop.time() - sent
        if waited < self._timeout:
            self._timer = self._loop.call_later(self._timeout - waited, self._check_oldest)
        elif oldest is self._late:
            self.abort(f"silent for {waited * 1000:.0f} ms")
        else:
            # Its reply may have arrived: after a stall the event loop may run timers before it reads sockets.
            self._late = oldest
            self._timer = self._loop.call_later(LATE_REPLY_S, self._check_oldest)


async def open_pipelined(
    pool: ConnectionPool,
    timeout: float,
    *,
    strict: bool = False,
    on_push: Callable[[Any], None] | None = None,
) -> tuple[PipelinedConnection, AbstractConnection]:
    """Connect as the pool would. The pool does not own the connection: its opener must abort it.

    Returns it and the redis-py connection it was made of, whose host and port tell whether that is still the
    master. Raises RedisError or OSError.
    """
    connection = pool.make_connection()
    await connection.connect()
    pipelined = PipelinedConnection(timeout, strict=strict, on_push=on_push)
    pipelined.take_over(connection)
    if isinstance(pool, TrackedPool):
        pool.track(pipelined, connection)
    return pipelined, connection


def _resolve(future: asyncio.Future[Any], reply: Any) -> None:
    if future.done():
        return
    if isinstance(reply, RedisError):
        future.set_exception(reply)
        future.exception()  # retrieved, so that an abandoned future logs nothing
    else:
        future.set_result(reply)
