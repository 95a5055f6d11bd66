"""Runs the app: one port for pages, API and WebSocket, one loop, and a paced end."""

import logging
import resource
import signal
import socket
import sys

import uvicorn

from push_gateway.app import create_app
from push_gateway.connection import Connection
from push_gateway.http_protocol import BoundedProtocol
from push_gateway.settings import Settings

BACKLOG = 4096
_KEEP_ALIVE_S = 75  # longer than a proxy keeps a connection, so that it never finds it closed
_END_WITHIN_S = 7
_SEND_BUFFER = 256 * 1024
_LOG = logging.getLogger("push_gateway")


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; a port that is taken ends the process with one plain line."""
    _allow_many_sockets()
    listener = _listen(settings.host, settings.port)
    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http=BoundedProtocol,
        ws=Connection,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_END_WITHIN_S,
    )
    # What uvicorn says there is either ours to say or a stranger's broken request.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # uvicorn raises the signal again once it has ended; that is then no news.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    host, port = listener.getsockname()[:2]
    _LOG.info("push_gateway.listening", extra={"host": host, "port": port})
    uvicorn.Server(config).run(sockets=[listener])


def _allow_many_sockets() -> None:
    """Take all the file descriptors we may have: the usual soft limit of 1,024 is that many browsers."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        sys.stderr.write(
            f"push_gateway: cannot listen on {host}:{port} ({error.strerror}); "
            "stop what uses it, or set GATEWAY_HOST and GATEWAY_PORT\n"
        )
        sys.exit(1)
    # Accepted sockets inherit it: what waits for a slow client waits where it is bounded, not in the kernel.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    return listener
