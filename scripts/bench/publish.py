"""Publishers for fan-out servers: each sends a message as one write on an open connection."""

import asyncio
import time
from typing import Any, Protocol

import hiredis
import orjson
from redis.asyncio import Redis

from bench.timing import address
from shared.redis import journal, keys
from shared.redis.journal import Publication

SIZE = 600
_FIRST_SEQ = 1_000_000


class Publisher(Protocol):
    """Sends messages without waiting for an answer."""

    def bytes_each(self) -> int:
        """Return the bytes that a client receives for one message."""

    def send(self, count: int) -> None:
        """Send `count` messages."""


class Drain(asyncio.Protocol):
    """A connection that discards its answers."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a stream's
        """Keep the transport."""
        self.transport = transport


async def _connect(url: str) -> asyncio.Transport:
    host, port = address(url)
    _, drain = await asyncio.get_running_loop().create_connection(Drain, host, port)
    return drain.transport


class ToGateway:
    """Publishes as a commit does: sequence number, journal, channel."""

    def __init__(self, transport: asyncio.Transport, epoch: str) -> None:
        self._transport = transport
        self._epoch = epoch
        self._seq = _FIRST_SEQ

    @classmethod
    async def open(cls, redis_url: str) -> "ToGateway":
        """Set the position of the journal; gateways that start afterwards begin there."""
        async with Redis.from_url(redis_url) as redis:
            await redis.hset(keys.STATE, "seq", _FIRST_SEQ)
            epoch = await redis.hget(keys.STATE, "epoch")
        return cls(await _connect(redis_url), (epoch or b"").decode())

    def bytes_each(self) -> int:
        """Return the size of a frame's head and an event of fixed size."""
        return 4 + len(self._event(_FIRST_SEQ))

    def send(self, count: int) -> None:
        """Publish the next events."""
        self._transport.write(b"".join(self._commands() for _ in range(count)))

    def _commands(self) -> bytes:
        self._seq += 1
        event = self._event(self._seq)
        published = journal.write(Publication(self._epoch, self._seq, time.time(), event))
        commands: tuple[tuple[Any, ...], ...] = (
            ("HSET", keys.STATE, "seq", self._seq),
            ("XADD", keys.JOURNAL, "MAXLEN", "~", 50_000, f"{self._seq}-0", "e", event),
            ("PUBLISH", keys.EVENTS, published),
        )
        return b"".join(hiredis.pack_command(command) for command in commands)

    def _event(self, seq: int) -> bytes:
        head = b'{"type":"message","seq":%d,"account_id":1,"chat_id":"c","message":{"content":"' % seq
        return head + b"x" * (SIZE - len(head) - 3) + b'"}}'


class ByLine:
    """Publishes a line per message, to the floor and the peer of the library."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    @classmethod
    async def open(cls, url: str) -> "ByLine":
        """Connect to the port above that of the sockets."""
        host, port = address(url)
        return cls(await _connect(f"http://{host}:{port + 1}"))

    def bytes_each(self) -> int:
        """Return the size of a frame's head and the text."""
        return 4 + SIZE

    def send(self, count: int) -> None:
        """Write lines."""
        self._transport.write((b"x" * SIZE + b"\n") * count)


class ByHttp:
    """Publishes a POST per message, to nchan."""

    def __init__(self, transport: asyncio.Transport, path: str) -> None:
        body = orjson.dumps({"x": "x" * (SIZE - 8)})
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport = transport
        self._request = head.encode() + body
        self._size = 4 + len(body)

    @classmethod
    async def open(cls, url: str, path: str) -> "ByHttp":
        """Connect."""
        return cls(await _connect(url), path)

    def bytes_each(self) -> int:
        """Return the size of a frame's head and the body."""
        return self._size

    def send(self, count: int) -> None:
        """Write requests."""
        self._transport.write(self._request * count)
