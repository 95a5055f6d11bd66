"""Polls /livez every 10 ms and prints each wait that is the longest so far, in ms. Argument: the port.

It is a process of its own, so that it waits only for the server.
"""

import socket
import sys
import time

_PAUSE_S = 0.01
_REQUEST = b"GET /livez HTTP/1.1\r\nHost: bench\r\n\r\n"


def main(port: int) -> None:
    """Poll until killed."""
    longest = 0.0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while True:
            began = time.perf_counter()
            connection.sendall(_REQUEST)
            connection.recv(4096)
            if (took := time.perf_counter() - began) > longest:
                longest = took
                print(longest * 1000, flush=True)
            time.sleep(_PAUSE_S)


if __name__ == "__main__":
    main(int(sys.argv[1]))
