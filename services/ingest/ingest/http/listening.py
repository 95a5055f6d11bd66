"""The listening socket: our own, or one that systemd holds for us while ingest restarts."""

import socket
from collections.abc import Mapping

from shared.http import serving

_FIRST_INHERITED = 3


def listen(host: str, port: int, environ: Mapping[str, str], pid: int) -> socket.socket:
    """Return a socket that listens; a port that is taken ends the process with one plain line."""
    if is_inherited(environ, pid):
        return socket.socket(fileno=_FIRST_INHERITED)
    return serving.listen(host, port, service="ingest", variables="INGEST")


def is_inherited(environ: Mapping[str, str], pid: int) -> bool:
    """Tell whether systemd handed this very process a socket (sd_listen_fds)."""
    return environ.get("LISTEN_PID") == str(pid) and environ.get("LISTEN_FDS", "0") != "0"


def take_the_last(listener: socket.socket) -> list[socket.socket]:
    """Accept everybody who stands in the kernel's line already: closing the socket would reset them."""
    last: list[socket.socket] = []
    listener.setblocking(False)
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # nobody is left
            return last
        last.append(connection)
