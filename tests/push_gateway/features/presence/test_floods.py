"""Sockets that view another chat all the time: the gateway goes on answering others."""

import asyncio
import socket
import time
from collections.abc import Sequence
from contextlib import suppress

import orjson
import pytest

from shared.redis import keys
from testbed import System
from tests.fuzz.frames import frame
from tests.push_gateway.panel import Panel
from tests.push_gateway.ws.raw_sockets import many_opened
from tests.support.door_watch import watching
from tests.worker.builders import SELLER

pytestmark = [pytest.mark.anyio, pytest.mark.attack]
SOCKETS = 200
CHATS = 1_000
FOR_S = 3.0
EVERY_S = 0.06


async def test_sockets_that_switch_chats_all_the_time_stop_no_other(system: System, panel: Panel) -> None:
    async with system.redis as redis, redis.pipeline(transaction=False) as pipe:
        pipe.sadd(keys.ACCOUNTS, SELLER)
        for number in range(CHATS):
            pipe.hset(keys.chat(SELLER, f"c{number}"), "json", "{}")
        await pipe.execute()

    with many_opened(panel.base, SOCKETS, panel.http.cookies["avito_session"], "127.0.0.4") as connections:
        async with watching(system.part("gateway")) as figures:
            await asyncio.to_thread(switch, connections, FOR_S)

    assert figures.faults() == []


def switch(connections: Sequence[socket.socket], seconds: float) -> None:
    """View another chat on each socket, about as often as one may, and read what comes."""
    for connection in connections:
        connection.setblocking(False)
    began, turn = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        for number, connection in enumerate(connections):
            chat = f"c{(number * 17 + turn * 1_009) % CHATS}"
            with suppress(OSError):
                connection.send(frame(1, orjson.dumps({"type": "viewing", "chat_id": chat})))
            with suppress(OSError):
                connection.recv(1024 * 1024)
        turn += 1
        time.sleep(max(0.0, began + turn * EVERY_S - time.monotonic()))
