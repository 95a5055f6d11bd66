"""Runs the app: one socket, one loop, and an end that loses nothing."""

import asyncio
import logging
import os
import resource
import signal
import socket

import uvicorn
from typing_extensions import override

from ingest.app import create_app
from ingest.http_protocol import BoundedProtocol
from ingest.listening import BACKLOG, is_inherited, listen, take_the_last
from ingest.settings import Settings

log = logging.getLogger("ingest")

KEEP_ALIVE_S = 75
"""Longer than a proxy keeps a connection, so that it is never the one who finds it closed."""
GRACE_S = 6


class Server(uvicorn.Server):
    """uvicorn's server with an end that refuses nobody who is connected."""

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the socket, then serve those who stood in its line; what systemd holds keeps its line."""
        mine = [] if is_inherited(os.environ, os.getpid()) else sockets or []
        last = [connection for listener in mine for connection in take_the_last(listener)]
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for connection in last:
            await loop.connect_accepted_socket(self._protocol, connection)
        await super().shutdown(sockets)

    def _protocol(self) -> BoundedProtocol:
        return BoundedProtocol(self.config, self.server_state, self.lifespan.state)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; a port that is taken ends the process with one plain line."""
    _allow_many_connections()
    listener = listen(settings.host, settings.port, os.environ, os.getpid())
    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    # What uvicorn says there is either ours to say or a stranger's broken request.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # uvicorn raises the signal again once it has ended; that is then no news.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    host, port = listener.getsockname()[:2]
    log.info("ingest.listening", extra={"host": host, "port": port})
    Server(config).run(sockets=[listener])


def _allow_many_connections() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
