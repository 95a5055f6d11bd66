"""Runs the app: one socket, one loop, and an end that loses nothing."""

import asyncio
import logging
import os
import socket

from typing_extensions import override

from ingest.app import create_app
from ingest.http.fast_http import FastHttpProtocol
from ingest.http.listening import is_inherited, listen, take_the_last
from ingest.settings import Settings
from shared.http import serving

log = logging.getLogger("ingest")

GRACE_S = 6


class Server(serving.SlowTickServer):
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

    def _protocol(self) -> FastHttpProtocol:
        return FastHttpProtocol(self.config, self.server_state, self.lifespan.state)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; a port that is taken ends the process with one plain line."""
    listener = listen(settings.host, settings.port, os.environ, os.getpid())
    app = create_app(settings)
    serving.serve(app, listener, log, http=FastHttpProtocol, grace_s=GRACE_S, server=Server)
