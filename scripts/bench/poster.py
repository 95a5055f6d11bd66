"""One connection that posts requests, with as little overhead as Python allows."""

import asyncio
from collections import deque
from typing import Self
from urllib.parse import urlsplit

from typing_extensions import override


def address(url: str) -> tuple[str, int]:
    """Return host and port."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80


class Poster(asyncio.Protocol):
    """Keeps one connection open. Answers need a Content-Length and no body with an empty line."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[int]] = deque()
        self._buffer = b""
        self._transport: asyncio.Transport

    @classmethod
    async def to(cls, url: str) -> Self:
        """Connect."""
        _, poster = await asyncio.get_running_loop().create_connection(cls, *address(url))
        return poster

    def send(self, request: bytes) -> asyncio.Future[int]:
        """Send a complete request; the future is the status of the answer."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._transport.write(request)
        return future

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a stream's
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(int(head[9:12]))

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_exception(ConnectionError("the server closed the connection"))
