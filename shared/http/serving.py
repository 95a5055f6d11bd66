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
from typing import Any, Literal, cast

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from shared.http.accepting import Acceptor
from shared.http.bounded_http import BoundedHttpProtocol, Bounds
from shared.http.listening import BACKLOG
from shared.http.places import Places
from shared.process import lifecycle
from shared.process.tune_malloc import give_back

_TICK_S = 1.0
_MOST_DESCRIPTORS = 65_536
_BUFFER = 256 * 1024
"""What may wait for a connection in the kernel: the rest waits here, where it is bounded."""
_MANY = 250
"""Connections: when more have gone, their memory is given back."""
_RESERVED = 128
"""File descriptors of Redis, files, sockets that listen, and of connections that are being closed."""


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
        lifecycle.begin_ending()
        super().handle_exit(sig, frame)
        if self._woken is not None:
            self._loop.call_soon_threadsafe(self._woken.set)


class FairServer(SlowTickServer):
    """A server that opens connections by turns between addresses, and at its end serves all that came.

    `most_waiting`: connections that may wait to be opened; `keep_backlog`: whether another process goes on to
    accept.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        listener: socket.socket,
        log: logging.Logger,
        *,
        most_waiting: int,
        keep_backlog: bool,
    ) -> None:
        super().__init__(config)
        self._listener = listener
        self._log = log
        self._most_waiting = most_waiting
        self._keep_backlog = keep_backlog
        self._open = self._peak = 0  # connections at the last tick; the most since memory was given back

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the app, then accept from the one socket."""
        make = self.config.http_protocol_class

        def make_and_take(**given: Any) -> asyncio.Protocol:
            self._acceptor.take_pending()
            return make(**given)

        def make_taken() -> asyncio.Protocol:
            return make(self.config, self.server_state, self.lifespan.state)  # type: ignore[call-arg]  # uvicorn's

        self._acceptor = Acceptor(self._listener.dup(), make_taken, self._log, self._most_waiting)
        self.config.http_protocol_class = cast("type[asyncio.Protocol]", make_and_take)
        await super().startup(sockets)

    @override
    async def on_tick(self, counter: int) -> bool:
        """Give back the memory of many connections that have gone."""
        before, self._open = self._open, len(self.server_state.connections)
        self._peak = max(self._peak, self._open)
        if self._open + _MANY < self._peak and self._open + _MANY > before:  # not while more are going
            self._peak = self._open
            give_back()
        return await super().on_tick(counter)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve every client that is connected, then end the app."""
        for server in self.servers:
            server.close()
        await self._acceptor.finish(keep_backlog=self._keep_backlog)
        await super().shutdown(sockets)


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
    keep_backlog: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT; requests under way then get `grace_s` seconds.

    Every answer has `headers`, also those of the protocol itself. `keep_backlog`: at the end connections
    that were not accepted are left to another process, which has the socket too.
    """
    most, most_waiting = share_descriptors(min(_allow_many_sockets(), _MOST_DESCRIPTORS))
    bounds = replace(bounds, places=Places(most))
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
    listener.listen(BACKLOG)  # also one that another program has opened
    server = FairServer(config, listener, log, most_waiting=most_waiting, keep_backlog=keep_backlog)
    server.run(sockets=[listener])


def share_descriptors(descriptors: int) -> tuple[int, int]:
    """Return how many connections may be open, and how many more may wait to be opened in their stead."""
    waiting = max(1, min(BACKLOG, descriptors // 8))
    return max(1, descriptors - _RESERVED - waiting), waiting


def _allow_many_sockets() -> int:
    """Raise the limit of file descriptors, which limits connections, to the most, and return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
