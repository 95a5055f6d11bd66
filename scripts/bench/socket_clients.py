"""Many WebSocket clients in one loop that only count bytes, so that the server is the bottleneck."""

import asyncio
import base64
import os
from collections.abc import Callable

from typing_extensions import override

from bench.timing import address

_AT_ONCE = 200
_OPEN_WITHIN_S = 60.0


class SocketClient(asyncio.Protocol):
    """One socket: sends the handshake, then counts the bytes that follow."""

    __slots__ = ("_head", "_heard", "_request", "bytes", "greeted", "lost", "transport")

    def __init__(self, request: bytes, heard: Callable[[int], None], greeted: asyncio.Future[None]) -> None:
        self.bytes = 0
        self.lost = False
        self.greeted = greeted
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
            self._head += data
            head, found, data = self._head.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self.greeted.set_exception(ConnectionError(head.decode(errors="replace")[:200]))
                self.transport.close()
                return
            self._head = None
            self.greeted.set_result(None)
        self.bytes += len(data)
        self._heard(len(data))

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if not self.greeted.done():
            self.greeted.set_exception(ConnectionError("closed before the handshake"))


class SocketClients:
    """The clients of one server, and the bytes that they got in total."""

    def __init__(self) -> None:
        self.clients: list[SocketClient] = []
        self.bytes = 0
        self._wanted = 0
        self._way: tuple[str, int, bytes] = ("", 0, b"")
        self._reached = asyncio.Event()

    async def join(self, url: str, path: str, count: int, headers: str = "") -> None:
        """Open `count` sockets, at most 200 handshakes at once. Raises ConnectionError, TimeoutError."""
        host, port = address(url)
        self._way = (host, port, handshake(host, port, path, headers))
        await self._open_all(count)

    async def come_back(self) -> None:
        """Reopen connections that the server has closed. Raises ConnectionError, TimeoutError."""
        held = [client for client in self.clients if not client.lost]
        gone = len(self.clients) - len(held)
        if gone:
            self.clients = held
            await self._open_all(gone)

    async def _open_all(self, count: int) -> None:
        gate = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.timeout(_OPEN_WITHIN_S), asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(self._open(gate))

    async def _open(self, gate: asyncio.Semaphore) -> None:
        loop = asyncio.get_running_loop()
        host, port, request = self._way
        async with gate:
            greeted: asyncio.Future[None] = loop.create_future()
            _, client = await loop.create_connection(
                lambda: SocketClient(request, self._count, greeted), host, port
            )
            await greeted
            self.clients.append(client)

    async def settle(self, pause: float = 0.3) -> None:
        """Wait until no more bytes arrive, which is after the greetings."""
        before = -1
        while before != self.bytes:
            before = self.bytes
            await asyncio.sleep(pause)

    async def hear(self, within: float = 30.0) -> None:
        """Wait until every client has got its greeting, reopening closed ones. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while not all(client.bytes and not client.lost for client in self.clients):
                await asyncio.sleep(0.02)
                await self.come_back()

    def expect(self, more: int) -> None:
        """Expect `more` bytes from now on; `arrived` waits for them."""
        self._wanted = self.bytes + more
        self._reached.clear()

    async def arrived(self, within: float = 30.0) -> None:
        """Wait for the expected bytes. Raises TimeoutError."""
        async with asyncio.timeout(within):
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


def handshake(host: str, port: int, path: str, headers: str = "") -> bytes:
    """Return an upgrade request. `headers`: complete lines."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{headers}\r\n"
    ).encode()
