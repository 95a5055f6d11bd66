"""Runs the app on one socket and one loop; a shutdown or a restart by systemd loses no connection."""

import logging
import os
import socket

import uvicorn

from ingest.app import create_app
from ingest.http import fast_http
from ingest.settings import Settings
from shared.http import listening, serving
from shared.http.bounded_http import BoundedHttpProtocol, Bounds
from shared.process.tune_malloc import tune_malloc

log = logging.getLogger("ingest")

GRACE_S = 6
REQUEST_S = 5.0
_REQUEST_BYTES = 16 * 1024**2
HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
"""No answer is a page."""
_FIRST_INHERITED_FD = 3


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; a port that is taken ends the process with one plain line."""
    tune_malloc()
    listener = listen(settings.host, settings.port)
    app = create_app(settings)
    bounds = Bounds(REQUEST_S, _REQUEST_BYTES, settings.trusted)
    serving.serve(
        app,
        listener,
        log,
        http=choose_protocol(),
        bounds=bounds,
        grace_s=GRACE_S,
        headers=HEADERS,
        keep_backlog=is_inherited(),
    )


def choose_protocol() -> type[BoundedHttpProtocol]:
    """Return the fast way, or under a uvicorn that it was not tested with plain ASGI, and say so."""
    if fast_http.usable():
        return fast_http.FastHttpProtocol
    versions = {"uvicorn": uvicorn.__version__, "tested": fast_http.TESTED_UVICORN}
    log.warning("ingest.fast_way.off", extra=versions)
    return BoundedHttpProtocol


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket: the one that systemd holds while ingest restarts, else our own."""
    if is_inherited():
        return socket.socket(fileno=_FIRST_INHERITED_FD)
    return listening.listen(host, port, service="ingest", variables="INGEST")


def is_inherited() -> bool:
    """Tell whether systemd handed this very process a socket (sd_listen_fds)."""
    return os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS", "0") != "0"
