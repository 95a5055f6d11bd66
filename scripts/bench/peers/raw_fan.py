"""Floor of fan-out: uvloop writes a prepared frame to every socket.

Arguments: the port of the sockets, the port on which each line is one message.
"""

import asyncio
import base64
import hashlib
import sys

import uvloop
from typing_extensions import override

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BACKLOG = 4096
_sockets: set[asyncio.Transport] = set()


class RawSocket(asyncio.Protocol):
    """Answers the handshake and keeps the transport."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a stream's
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        if self._transport in _sockets:
            return
        key = data.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self._transport.write(head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        _sockets.add(self._transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        _sockets.discard(self._transport)


async def publish(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Write each message as one frame to every socket."""
    async for line in reader:
        message = line[:-1]
        frame = b"\x81\x7e" + len(message).to_bytes(2, "big") + message
        for transport in _sockets:
            transport.write(frame)


async def main(port: int, publish_port: int) -> None:
    """Serve until killed."""
    await asyncio.get_running_loop().create_server(RawSocket, "127.0.0.1", port, backlog=_BACKLOG)
    async with await asyncio.start_server(publish, "127.0.0.1", publish_port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
