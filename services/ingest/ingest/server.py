"""Runs the app: one socket, one loop, and an end that loses nothing."""

import logging
import resource
import signal
import socket
import sys

import uvicorn

from ingest.app import create_app
from ingest.http_protocol import BoundedProtocol
from ingest.settings import Settings

log = logging.getLogger("ingest")

BACKLOG = 4096
KEEP_ALIVE_S = 75
"""Longer than a proxy keeps a connection, so that it is never the one who finds it closed."""
GRACE_S = 6


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; a port that is taken ends the process with one plain line."""
    _allow_many_connections()
    listener = _listen(settings.host, settings.port)
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
    uvicorn.Server(config).run(sockets=[listener])


def _allow_many_connections() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        sys.stderr.write(
            f"ingest: cannot listen on {host}:{port} ({error.strerror}); "
            "stop what uses it, or set INGEST_HOST and INGEST_PORT\n"
        )
        sys.exit(1)
