"""Serves HTTP for ingest and the gateway: one socket, one loop, as many connections as the system allows."""

import asyncio
import logging
import resource
import signal
import socket
from contextlib import suppress
from types import FrameType
from typing import Literal

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from shared.http.listening import BACKLOG

_TICK_S = 1.0
_KEEP_ALIVE_S = 75
"""Longer than a proxy keeps a connection, so that a proxy never sends on one that we have closed."""


class SlowTickServer(uvicorn.Server):
    """uvicorn's server with a tick of one second instead of a tenth; a signal wakes it at once.

    The ticks were half the load of an idle service.
    """

    _woken: asyncio.Event | None = None

    @override
    async def main_loop(self) -> None:
        """Serve until shutdown."""
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._woken.wait()

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle a signal, and wake the loop."""
        super().handle_exit(sig, frame)
        if self._woken is not None:
            self._loop.call_soon_threadsafe(self._woken.set)


def serve(
    app: ASGIApp,
    listener: socket.socket,
    log: logging.Logger,
    *,
    http: type[asyncio.Protocol],
    ws: type[asyncio.Protocol] | Literal["none"] = "none",
    grace_s: int,
    server: type[SlowTickServer] = SlowTickServer,
) -> None:
    """Serve until SIGTERM or SIGINT; requests under way then get `grace_s` seconds."""
    _allow_many_sockets()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=http,
        ws=ws,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=grace_s,
    )
    # uvicorn logs there what we log ourselves, and the broken requests of strangers.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # uvicorn raises the signal again after shutdown, when it has been handled.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    host, port = listener.getsockname()[:2]
    log.info("%s.listening", log.name, extra={"host": host, "port": port})
    server(config).run(sockets=[listener])


def _allow_many_sockets() -> None:
    """Raise the limit of file descriptors, which limits connections, from the usual 1,024 to the most."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
