"""Opens the sockets that listen, apart from the server, which commands do without."""

import socket
import sys

BACKLOG = 4096


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; on `::` for IPv4 too. `host` may have a scope (`fe80::1%eth0`).

    Raises OSError.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    dual = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
    return socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=dual)


def listen(host: str, port: int, *, service: str, variables: str) -> socket.socket:
    """Return a socket that listens; a port that is taken ends the process with one plain line.

    `variables`: the prefix of the variables that set host and port.
    """
    try:
        return bind(host, port)
    except OSError as error:
        sys.stderr.write(
            f"{service}: cannot listen on {host}:{port} ({error.strerror}); "
            f"stop what uses it, or set {variables}_HOST and {variables}_PORT\n"
        )
        sys.exit(1)
