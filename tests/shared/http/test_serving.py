"""The server under ingest, the gateway and the worker's health routes."""

import asyncio
import signal

import pytest
import uvicorn

from shared.http import serving
from shared.http.serving import SlowTickServer

pytestmark = pytest.mark.anyio


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
