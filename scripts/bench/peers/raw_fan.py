"""Floor of fan-out: uvloop writes a prepared frame to every socket. Arguments: port, `raw` or `broadcast`.

`broadcast` is a peer: it uses `websockets.broadcast`. Each line on the port above is one message.
"""

import asyncio
import base64
import hashlib
import sys
from collections.abc import Callable

import uvloop
from typing_extensions import override
from websockets.asyncio.server import ServerConnection, broadcast, serve

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BACKLOG = 4096
_sockets: set[asyncio.Transport] = set()
_clients: set[ServerConnection] = set()


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


class Publisher(asyncio.Protocol):
    """Accepts one message per line and sends it to all clients."""

    def __init__(self, tell: Callable[[bytes], None]) -> None:
        self._tell = tell
        self._rest = b""

    @override
    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._tell(line)


def write_raw(message: bytes) -> None:
    """Write one frame to every socket."""
    frame = b"\x81\x7e" + len(message).to_bytes(2, "big") + message
    for transport in _sockets:
        transport.write(frame)


def write_broadcast(message: bytes) -> None:
    """Write one message to every client with the library."""
    broadcast(_clients, message.decode())


async def hold(client: ServerConnection) -> None:
    """Keep a client until it leaves."""
    _clients.add(client)
    await client.wait_closed()
    _clients.discard(client)


async def main(port: int, kind: str) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    if kind == "raw":
        await loop.create_server(RawSocket, "127.0.0.1", port, backlog=_BACKLOG)
    else:
        await serve(hold, "127.0.0.1", port, compression=None, ping_interval=None, backlog=_BACKLOG)
    tell = write_raw if kind == "raw" else write_broadcast
    await loop.create_server(lambda: Publisher(tell), "127.0.0.1", port + 1)
    await loop.create_future()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
