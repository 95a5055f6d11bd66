"""A server on loopback that breaks off at one exact byte of a request or of its response."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Literal

EMPTY_OBJECT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
_LINGER_NOT_AT_ALL = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Break:
    """Read so many bytes of a request (None: all), write `answer`, then end the connection or fall silent.

    `first`: how many requests are answered well before, each followed by `more`, which nobody asked for.
    """

    read: int | None = None
    answer: bytes = b""
    end: Literal["close", "reset", "silence"] = "close"
    first: int = 0
    more: bytes = b""


@dataclass
class Breaking:
    """The server: `seen` is all that it has read, of any connection; `whole` counts whole requests."""

    at: Break
    tls: SSLContext | None = None
    seen: bytearray = field(default_factory=bytearray)
    served: set["asyncio.Task[None]"] = field(default_factory=set)
    answered: int = 0
    whole: int = 0
    listener: asyncio.Server | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def requests(self) -> int:
        """How many requests have begun, as far as their first line was read."""
        return self.seen.count(b"HTTP/1.1")

    def stop(self) -> None:
        """Refuse connections from now on."""
        assert self.listener is not None
        self.listener.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.served.add(asyncio.ensure_future(self._answer(reader, writer)))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while self.answered < self.at.first:
                await self._read_request(reader)
                self.answered += 1
                writer.write(EMPTY_OBJECT + self.at.more)
            if self.at.read is None:
                await self._read_request(reader)
            else:
                self.seen += await reader.readexactly(self.at.read)
            writer.write(self.at.answer)
            await writer.drain()
            if self.at.end == "silence":
                await reader.read()
        if self.at.end == "reset":
            taken = writer.get_extra_info("socket")
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT_AT_ALL)
            writer.transport.abort()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _read_request(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.seen += head
        _, found, length = head.lower().partition(b"content-length: ")
        self.seen += await reader.readexactly(int(length.split(b"\r\n")[0]) if found else 0)
        self.whole += 1


@asynccontextmanager
async def breaking(at: Break, tls: SSLContext | None = None) -> AsyncIterator[Breaking]:
    """Serve on a free port; clients have gone when the block ends."""
    server = Breaking(at, tls)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    async with listener:
        server.listener = listener
        server.port = listener.sockets[0].getsockname()[1]
        yield server
        await asyncio.gather(*server.served)


@contextmanager
def deaf_port() -> Iterator[int]:
    """Give a port whose connections are neither taken nor refused."""
    with socket.socket() as held, socket.socket() as one, socket.socket() as other:
        held.bind(("127.0.0.1", 0))
        held.listen(0)
        for waiting in (one, other):  # who fills the queue
            waiting.setblocking(False)  # socket's own
            waiting.connect_ex(held.getsockname())
        yield int(held.getsockname()[1])
