"""Polls /livez of a server every 10 ms and keeps the longest wait. Arguments: host, port.

It is a process of its own, so that it waits only for the server. On SIGTERM it prints the longest wait in
seconds.
"""

import signal
import socket
import sys
import time
from contextlib import suppress

_PAUSE_S = 0.01
_REQUEST = b"GET /livez HTTP/1.1\r\nHost: bench\r\n\r\n"


def watch(host: str, port: int) -> float:
    """Poll until SIGTERM and return the longest wait."""
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    longest = 0.0
    with socket.create_connection((host, port)) as connection, suppress(OSError):
        while not ended:
            asked = time.perf_counter()
            connection.sendall(_REQUEST)
            connection.recv(4096)
            longest = max(longest, time.perf_counter() - asked)
            time.sleep(_PAUSE_S)
    return longest


if __name__ == "__main__":
    print(watch(sys.argv[1], int(sys.argv[2])))
