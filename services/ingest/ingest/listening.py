"""The listening socket: our own, or one that systemd holds for us while ingest restarts."""

import socket
import sys
from collections.abc import Mapping

BACKLOG = 4096
_FIRST_INHERITED = 3


def listen(host: str, port: int, environ: Mapping[str, str], pid: int) -> socket.socket:
    """Return a socket that listens; a port that is taken ends the process with one plain line."""
    if is_inherited(environ, pid):
        return socket.socket(fileno=_FIRST_INHERITED)
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        sys.stderr.write(
            f"ingest: cannot listen on {host}:{port} ({error.strerror}); "
            "stop what uses it, or set INGEST_HOST and INGEST_PORT\n"
        )
        sys.exit(1)


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
