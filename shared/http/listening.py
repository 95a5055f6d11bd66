"""Opens the sockets that listen, apart from the server, which commands do without."""

import errno
import socket
import sys

BACKLOG = 4096
_REFUSED = {
    errno.EADDRINUSE: "is taken by another program",
    errno.EACCES: "needs root",
    errno.EADDRNOTAVAIL: "cannot be opened: {host} is no address of this machine",
    errno.EAFNOSUPPORT: "cannot be opened: this machine has no {family}",
    socket.EAI_NONAME: "cannot be opened: {host} is no address of this machine",
}


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; on `::` for IPv4 too. `host` may have a scope (`fe80::1%eth0`).

    Raises OSError.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    dual = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
    return socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=dual)


def refusal(host: str, error: OSError) -> str:
    """Return why nothing can listen on a port of this host, as the end of a sentence."""
    words = _REFUSED.get(error.errno or 0, "cannot be opened on {host}: {why}")
    return words.format(host=host, why=error.strerror, family="IPv6" if ":" in host else "IPv4")


def listen(host: str, port: int, *, service: str, variables: str) -> socket.socket:
    """Return a socket that listens; a port that is taken ends the process with one plain line.

    `variables`: the prefix of the variables that set host and port.
    """
    try:
        return bind(host, port)
    except OSError as error:
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        why = refusal(host, error)
        sys.stderr.write(f"{service}: {where} {why}; set {variables}_HOST or {variables}_PORT\n")
        sys.exit(1)
