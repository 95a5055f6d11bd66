"""Polls /livez every 10 ms and on SIGTERM prints the longest wait in milliseconds. Argument: the port.

It is a process of its own, so that it waits only for the server.
"""

import signal
import socket
import sys
import time

_PAUSE_S = 0.01
_REQUEST = b"GET /livez HTTP/1.1\r\nHost: bench\r\n\r\n"


def main(port: int) -> None:
    """Poll until SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    longest = 0.0
    try:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while True:
                began = time.perf_counter()
                connection.sendall(_REQUEST)
                connection.recv(4096)
                longest = max(longest, time.perf_counter() - began)
                time.sleep(_PAUSE_S)
    except KeyboardInterrupt:
        print(longest * 1000)


if __name__ == "__main__":
    main(int(sys.argv[1]))
