"""Serves HTTP for ingest and the gateway: one socket, one loop, as many connections as the system allows."""

import asyncio
import logging
import resource
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import Literal, cast

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from shared.http.bounded_http import BoundedHttpProtocol, Bounds
from shared.http.listening import BACKLOG
from shared.http.places import Places

_TICK_S = 1.0
_ACCEPTED_A_TURN = 8
"""Connections accepted in one turn of the loop. libuv accepts one a turn for each handle of a socket."""
_MOST_DESCRIPTORS = 65_536
_BUFFER = 256 * 1024
"""What may wait for a connection in the kernel: the rest waits here, where it is bounded."""
_RESERVED = 64
"""File descriptors that are not for connections: of Redis, files, the sockets that listen."""


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
    http: type[BoundedHttpProtocol],
    bounds: Bounds,
    ws: type[asyncio.Protocol] | Literal["none"] = "none",
    grace_s: int,
    headers: Sequence[tuple[str, str]],
    server: type[SlowTickServer] = SlowTickServer,
) -> None:
    """Serve until SIGTERM or SIGINT; requests under way then get `grace_s` seconds.

    Every answer has `headers`, also those of the protocol itself.
    """
    bounds = replace(bounds, places=Places(most_places(min(_allow_many_sockets(), _MOST_DESCRIPTORS))))
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=cast("type[asyncio.Protocol]", partial(http, bounds=bounds)),
        ws=ws,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        headers=list(headers),
        backlog=BACKLOG,
        timeout_graceful_shutdown=grace_s,
    )
    # uvicorn logs there what we log ourselves, and the broken requests of strangers.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # uvicorn raises the signal again after shutdown, when it has been handled.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    host, port = listener.getsockname()[:2]
    log.info("%s.listening", log.name, extra={"host": host, "port": port})
    for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):  # accepted sockets inherit them
        listener.setsockopt(socket.SOL_SOCKET, buffer, _BUFFER)
    more = [listener.dup() for _ in range(_ACCEPTED_A_TURN - 1)]
    server(config).run(sockets=[listener, *more])


def most_places(descriptors: int) -> int:
    """Return how many connections may be open; the rest is for new ones until others are closed for them."""
    return max(1, descriptors - _RESERVED - min(BACKLOG, descriptors // 8))


def _allow_many_sockets() -> int:
    """Raise the limit of file descriptors, which limits connections, to the most, and return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
