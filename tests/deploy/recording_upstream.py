"""A service behind a proxy that notes the head of every request, and answers 200 when its body is whole."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_PATIENCE_S = 0.5
_TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n" + b'{"ok":true}'


@dataclass(slots=True)
class Upstream:
    """`heads`: lower-case heads of the requests so far, without health checks; `bodies`: the whole ones.

    `breaks`: how many requests get no answer.
    """

    place: str
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    breaks: int = 0
    connections: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection to its end."""
        self.connections.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                is_check = " /livez " in head
                if not is_check:
                    self.heads.append(head)
                if "\r\nexpect: 100-continue" in head:
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                try:
                    async with asyncio.timeout(_PATIENCE_S):
                        body = await _read_body(reader, head)
                except TimeoutError:
                    writer.write(_TOO_LATE)
                    break
                if not is_check:
                    self.bodies.append(body)
                    if len(self.bodies) <= self.breaks:
                        break
                writer.write(_ANSWER)
        writer.close()
        self.connections.discard(writer)


async def _read_body(reader: asyncio.StreamReader, head: str) -> bytes:
    _, found, rest = head.partition("\r\ncontent-length: ")
    if found:
        return await reader.readexactly(int(rest.partition("\r\n")[0]))
    body = b""
    if "\r\ntransfer-encoding: chunked" in head:
        while size := int(await reader.readuntil(b"\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    return body


@asynccontextmanager
async def recording_upstream() -> AsyncIterator[Upstream]:
    """Yield one on a free port."""
    upstream = Upstream("")
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    upstream.place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield upstream
    finally:
        server.close()
        for writer in upstream.connections:
            writer.transport.abort()
        await asyncio.sleep(0)  # for the event loop to close them
