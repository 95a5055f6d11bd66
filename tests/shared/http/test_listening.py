"""The sockets of every service."""

import socket
from pathlib import Path

from shared.http.listening import bind

INTERFACES = Path("/proc/net/if_inet6")
LINK = "20"  # the scope of a link-local address


def test_an_address_may_have_a_scope() -> None:
    scoped = [words for line in INTERFACES.read_text().splitlines() if (words := line.split())[3] == LINK]
    for number, _, _, _, _, interface in scoped[:1]:  # not every machine has one
        host = ":".join(number[at : at + 4] for at in range(0, 32, 4))

        with bind(f"{host}%{interface}", 0) as listener:
            assert listener.getsockname()[3] == socket.if_nametoindex(interface)
