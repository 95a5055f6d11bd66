"""Many WebSocket clients in one loop that only count bytes, so that the server is the bottleneck."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from typing_extensions import override

from testbed import PANEL

_KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455's example
_AT_ONCE = 200
_OPEN_WITHIN_S = 60.0
_ARRIVED_WITHIN_S = 30.0


class SocketClient(asyncio.Protocol):
    """One socket: sends the handshake, then counts the bytes that follow."""

    def __init__(self, request: bytes, heard: Callable[[int], None]) -> None:
        self.bytes = 0
        self.lost = False
        self.opened: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport
        self._request = request
        self._heard = heard
        self._head: bytes | None = b""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a stream's
        self.transport = transport
        transport.write(self._request)

    @override
    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            head, found, data = (self._head + data).partition(b"\r\n\r\n")
            if not found:
                self._head = head
                return
            self._head = None
            self.opened.set_result(head)
        self.bytes += len(data)
        self._heard(len(data))

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed before the handshake"))


class SocketClients:
    """The clients of one server, and the bytes that they got in total. `headers`: complete lines."""

    def __init__(self, url: str, query: str = "", headers: str = "") -> None:
        self.clients: list[SocketClient] = []
        self.bytes = 0
        self._wanted = 0
        self._reached = asyncio.Event()
        self._port = urlsplit(url).port or 80
        self._request = (
            f"GET {PANEL}ws{query} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {_KEY}\r\n{headers}\r\n"
        ).encode()

    async def join(self, count: int) -> None:
        """Open `count` sockets, at most 200 handshakes at once. Raises ConnectionError, TimeoutError."""
        gate = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.timeout(_OPEN_WITHIN_S), asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(self._open(gate))

    async def _open(self, gate: asyncio.Semaphore) -> None:
        def make() -> SocketClient:
            return SocketClient(self._request, self._count)

        async with gate:
            _, client = await asyncio.get_running_loop().create_connection(make, "127.0.0.1", self._port)
            head = await client.opened
            if b" 101 " not in head.partition(b"\r\n")[0]:
                raise ConnectionError(head.decode(errors="replace")[:200])
            self.clients.append(client)

    async def settle(self, pause: float = 0.3) -> None:
        """Wait until no more bytes arrive, which is after the greetings."""
        before = -1
        while before != self.bytes:
            before = self.bytes
            await asyncio.sleep(pause)

    async def hear(self, least: int = 1, within: float = _ARRIVED_WITHIN_S) -> None:
        """Wait until every client has got `least` bytes, reopening closed ones. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while not all(client.bytes >= least and not client.lost for client in self.clients):
                await asyncio.sleep(0.02)
                count = len(self.clients)
                self.clients = [client for client in self.clients if not client.lost]
                await self.join(count - len(self.clients))

    async def receive(self, more: int, send: Callable[[], None]) -> None:
        """Call `send` and wait until `more` bytes have arrived. Raises TimeoutError."""
        self._wanted = self.bytes + more
        self._reached.clear()
        send()
        async with asyncio.timeout(_ARRIVED_WITHIN_S):
            await self._reached.wait()

    def abort(self) -> None:
        """Cut all connections."""
        for client in self.clients:
            client.transport.abort()
        self.clients.clear()

    def _count(self, more: int) -> None:
        self.bytes += more
        if self.bytes >= self._wanted:
            self._reached.set()
