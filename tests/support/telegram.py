"""A stand-in for Telegram's bot API, on loopback."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

Told = tuple[str, dict[str, str]]
"""Path and message of one call."""


@asynccontextmanager
async def telegram(heard: list[Told]) -> AsyncIterator[str]:
    """Yield the URL of a bot API that keeps its requests."""

    async def hear(request: web.Request) -> web.Response:
        heard.append((request.path, json.loads(await request.read())))
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_post("/{rest:.*}", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
