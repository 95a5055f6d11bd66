"""WebSockets by hand: bytes that no library would send, many at once, and answers that nobody reads."""

import selectors
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx2

from tests.push_gateway.panel import PATH

STRANGERS_ADDRESS = "127.0.0.2"
"""Another address than that of this machine's own clients, which have fewer limits."""
_AT_ONCE = 256 * 1024


def handshake(base: str, *more: str, session: str = "unknown", **instead: str) -> bytes:
    """Return the request of a socket; `instead` gives other lines, such as `upgrade="Upgrade: h2c"`."""
    host = httpx2.URL(base).netloc.decode()
    lines = {
        "request": f"GET {PATH}ws HTTP/1.1",
        "host": f"Host: {host}",
        "upgrade": "Upgrade: websocket",
        "connection": "Connection: Upgrade",
        "key": "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "version": "Sec-WebSocket-Version: 13",
        "cookie": f"Cookie: avito_session={session}",
    }
    return "\r\n".join([*(lines | instead).values(), *more, "", ""]).encode()


def connect(base: str, source: str = STRANGERS_ADDRESS) -> socket.socket:
    """Connect; little fits between the gateway and a client that does not read."""
    url = httpx2.URL(base)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(10)
    connection.bind((source, 0))
    connection.connect((url.host, url.port))
    return connection


def opened(base: str, session: str = "unknown", source: str = STRANGERS_ADDRESS) -> socket.socket:
    """Return a socket whose handshake has been answered by 101; nothing more of it was read."""
    connection = connect(base, source)
    connection.sendall(handshake(base, session=session))
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    assert head.startswith(b"HTTP/1.1 101 ")
    return connection


@contextmanager
def many_opened(
    base: str, count: int, session: str = "unknown", source: str = STRANGERS_ADDRESS
) -> Iterator[list[socket.socket]]:
    """Give so many of them, and close them afterwards."""
    with ExitStack() as opening:
        yield [opening.enter_context(opened(base, session, source)) for _ in range(count)]


def flood(sockets: Iterable[socket.socket], frames: bytes, seconds: float) -> int:
    """Send this on each, as far as it is taken and until the time is over; return the number of bytes."""
    sent, over = 0, time.monotonic() + seconds
    with selectors.DefaultSelector() as ready:
        for connection in sockets:
            connection.setblocking(False)
            ready.register(connection, selectors.EVENT_WRITE, memoryview(frames))
        while ready.get_map() and time.monotonic() < over:
            for key, _ in ready.select(0.1):
                count = 0
                with suppress(BlockingIOError):
                    count = _send(key.fileobj, key.data)
                sent += max(count, 0)
                ready.unregister(key.fileobj)
                if count >= 0 and count < len(key.data):
                    ready.register(key.fileobj, selectors.EVENT_WRITE, key.data[count:])
    return sent


def _send(connection: object, frames: memoryview) -> int:
    """Return how much was sent; less than 0: it is closed."""
    assert isinstance(connection, socket.socket)
    try:
        return connection.send(frames[:_AT_ONCE])
    except (BrokenPipeError, ConnectionResetError):
        return -1


def read_until(connection: socket.socket, end: bytes) -> bytes:
    """Return all that comes until these bytes have come, or the end."""
    connection.settimeout(10)
    seen = bytearray()
    with suppress(ConnectionResetError):
        while end not in seen[-_AT_ONCE:] and (part := connection.recv(_AT_ONCE)):
            seen += part
    return bytes(seen)
