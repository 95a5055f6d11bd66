"""One connection to Redis: all commands of one turn of the loop leave in one write."""

import asyncio
from collections import deque
from typing import Any

import hiredis
from typing_extensions import override

Value = bytes | str | int


class NotConfirmedError(Exception):
    """Redis did not confirm a command; it may have carried it out all the same."""


class Wire(asyncio.Protocol):
    """A connection that is cut by an error reply, or when the oldest command waits longer than `patience`.

    So no command needs a timer of its own, and all that wait learn of the trouble at once. Seconds.
    """

    def __init__(self, patience: float) -> None:
        self.open = False
        self.closed = asyncio.Event()
        self.reason = ""
        self._patience = patience
        self._reader = hiredis.Reader()
        self._out: list[bytes] = []
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport
        self._loop: asyncio.AbstractEventLoop

    def send(self, command: tuple[Value, ...]) -> asyncio.Future[Any]:
        """Send a command; the future holds the reply or raises NotConfirmedError, as this does when cut."""
        if not self.open:
            raise NotConfirmedError("not connected")
        future = self._loop.create_future()
        self._waiting.append((future, self._loop.time()))
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(hiredis.pack_command(command))  # type: ignore[arg-type]  # any length is fine
        return future

    def cut(self, reason: str) -> None:
        """Drop the connection; everything that waits fails now."""
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
        except (hiredis.ProtocolError, IndexError) as error:
            self.cut(f"not Redis: {error}")

    def _take(self, reply: Any) -> None:
        if isinstance(reply, hiredis.ReplyError):
            self.cut(str(reply))
            return
        future, _ = self._waiting.popleft()
        if not future.done():
            future.set_result(reply)

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
        waited = self._loop.time() - self._waiting[0][1]
        if waited >= self._patience:
            self.cut(f"silent for {waited * 1000:.0f} ms")
        else:
            self._watch = self._loop.call_later(self._patience - waited, self._look)
