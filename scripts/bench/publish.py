"""Publishers for fan-out servers: each sends a message as one write on an open connection."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import hiredis
from redis.asyncio import Redis

from bench.poster import address
from bench.stage import Server, Stage
from shared.redis import journal, keys
from shared.redis.journal import Publication

SIZE = 600
_FRAME_HEAD = 4
_FIRST_SEQ = 1_000_000
_TEXT = b"x" * SIZE


@dataclass(frozen=True, slots=True)
class Publisher:
    """Sends messages without waiting for an answer. `bytes_each`: what a client receives for one."""

    transport: asyncio.WriteTransport
    message: Callable[[], bytes]
    bytes_each: int = _FRAME_HEAD + SIZE

    def send(self, count: int) -> None:
        """Send `count` messages."""
        self.transport.write(b"".join(self.message() for _ in range(count)))


async def by_line(url: str) -> Publisher:
    """Publish a line per message, to the floor and the peer of the library."""
    return Publisher(await _connect(url), lambda: _TEXT + b"\n")


async def by_http(url: str, path: str) -> Publisher:
    """Publish a POST per message, to nchan."""
    request = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {SIZE}\r\n\r\n".encode() + _TEXT
    return Publisher(await _connect(url), lambda: request)


async def to_gateway(stage: Stage) -> tuple[Publisher, Server, str]:
    """Publish as a commit does, to the gateway, which is also returned with the headers of a session."""
    cookie = await stage.log_in()
    async with Redis.from_url(stage.redis_url()) as redis:
        await redis.hset(keys.STATE, "seq", _FIRST_SEQ)
        epoch = (await redis.hget(keys.STATE, "epoch") or b"").decode()
    last = _FIRST_SEQ

    def commands() -> bytes:
        nonlocal last
        last += 1
        event = _event(last)
        published = journal.write(Publication(epoch, last, time.time(), event))
        written: tuple[tuple[Any, ...], ...] = (
            ("HSET", keys.STATE, "seq", last),
            ("XADD", keys.JOURNAL, "MAXLEN", "~", 50_000, f"{last}-0", "e", event),
            ("PUBLISH", keys.EVENTS, published),
        )
        return b"".join(map(hiredis.pack_command, written))

    await stage.system.restart("gateway")  # begins at this position of the journal
    gateway = stage.server("gateway")
    headers = f"Cookie: {cookie}\r\nOrigin: {gateway.url}\r\n"
    return Publisher(await _connect(stage.redis_url()), commands), gateway, headers


def _event(seq: int) -> bytes:
    head = b'{"type":"message","seq":%d,"account_id":1,"chat_id":"c","message":{"content":"' % seq
    return head + b"x" * (SIZE - len(head) - 3) + b'"}}'


async def _connect(url: str) -> asyncio.WriteTransport:
    """Open a connection that discards its answers."""
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, *address(url))
    return transport
