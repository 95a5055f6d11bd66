"""The server under ingest, the gateway and the worker's health routes."""

import asyncio
import signal
import socket
from pathlib import Path

import pytest
import uvicorn

from shared.http import serving
from shared.http.serving import SlowTickServer

pytestmark = pytest.mark.anyio
INTERFACES = Path("/proc/net/if_inet6")
LINK = "20"  # the scope of a link-local address


async def test_a_signal_shuts_it_down_without_waiting_for_the_next_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "_TICK_S", 3600.0)
    server = SlowTickServer(uvicorn.Config(lambda: None, lifespan="off"))
    looping = asyncio.create_task(server.main_loop())
    await asyncio.sleep(0)

    server.handle_exit(signal.SIGTERM, None)

    async with asyncio.timeout(20):
        await looping


async def test_a_signal_before_the_main_loop_shuts_it_down() -> None:
    server = SlowTickServer(uvicorn.Config(lambda: None, lifespan="off"))
    server.handle_exit(signal.SIGTERM, None)

    async with asyncio.timeout(20):
        await server.main_loop()


def test_an_address_may_have_a_scope() -> None:
    scoped = [words for line in INTERFACES.read_text().splitlines() if (words := line.split())[3] == LINK]
    for number, _, _, _, _, interface in scoped[:1]:  # not every machine has one
        host = ":".join(number[at : at + 4] for at in range(0, 32, 4))

        with serving.bind(f"{host}%{interface}", 0) as listener:
            assert listener.getsockname()[3] == socket.if_nametoindex(interface)
