"""Publishers for fan-out servers: each sends all messages as one write on a connection to Redis."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import hiredis

from bench.stage import logged_in
from shared.redis import journal, keys
from shared.redis.journal import Publication
from testbed import System, SystemPart

SIZE = 600
BYTES_EACH = 4 + SIZE
"""What a client receives for one message: a frame's head and its payload."""
_FIRST_SEQ = 1_000_000


Send = Callable[[int], None]
"""Sends that many messages to Redis without waiting for an answer."""


async def to_channel(system: System, channel: str) -> Send:
    """Publish texts to a channel of Redis, for the baseline."""
    command = ("PUBLISH", channel, b"x" * SIZE)
    return await _sender(system, lambda: [command])


async def to_gateway(system: System) -> tuple[Send, SystemPart, str]:
    """Publish as a commit does, to the gateway, which is also returned with the headers of a session."""
    async with logged_in(system) as panel, system.redis as redis:
        await redis.hset(keys.STATE, "seq", _FIRST_SEQ)
        epoch = (await redis.hget(keys.STATE, "epoch") or b"").decode()
    last = _FIRST_SEQ

    def commands() -> Sequence[tuple[Any, ...]]:
        nonlocal last
        last += 1
        event = _event(last)
        return (
            ("HSET", keys.STATE, "seq", last),
            ("XADD", keys.JOURNAL, "MAXLEN", "~", 50_000, f"{last}-0", "e", event),
            ("PUBLISH", keys.EVENTS, journal.write(Publication(epoch, last, time.time(), event))),
        )

    await system.restart("gateway")  # begins at this position of the journal
    gateway = system.part("gateway")
    headers = f"Cookie: {panel.cookie}\r\nOrigin: {gateway.url}\r\n"
    return await _sender(system, commands), gateway, headers


def _event(seq: int) -> bytes:
    head = b'{"type":"message","seq":%d,"account_id":1,"chat_id":"c","message":{"content":"' % seq
    return head + b"x" * (SIZE - len(head) - 3) + b'"}}'


async def _sender(system: System, commands: Callable[[], Sequence[tuple[Any, ...]]]) -> Send:
    """Open a connection that discards its answers. `commands`: returns those of one message."""
    loop, port = asyncio.get_running_loop(), system.redis_server.port
    transport, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", port)

    def send(count: int) -> None:
        every = (command for _ in range(count) for command in commands())
        transport.write(b"".join(map(hiredis.pack_command, every)))

    return send
