"""Opens connections by turns between addresses, while more come than a turn of the loop should open.

uvloop accepts one connection in each turn. It is cheap, but the kernel has one queue for everybody: a storm
of one address would hold up the others. So with each accepted connection all that wait behind it are taken.
"""

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from shared.http.fair_queue import FairQueue
from shared.http.forwarded import network_of
from shared.process.supervise import background

_SLICE_S = 0.005
"""About how long connections are taken in one turn of the loop."""
_OPENED_A_TURN = 8

MakeProtocol = Callable[[], asyncio.Protocol]


class Acceptor:
    """Takes connections of a listening socket from the kernel, and opens them with protocols.

    At most `most` wait to be opened; past that the newest of the address that has most is closed.
    """

    def __init__(self, listener: socket.socket, make: MakeProtocol, log: logging.Logger, most: int) -> None:
        self._listener = listener
        self._make = make
        self._log = log
        self._most = most
        self._waiting = FairQueue[socket.socket]()
        self._opening = 0
        self._is_scheduled = False
        listener.setblocking(False)

    def take_pending(self) -> None:
        """Take what waits in the kernel, as much as a turn of the loop allows; open it soon."""
        ends = time.perf_counter() + _SLICE_S
        for connection, network in self._pending():
            self._waiting.put(network, connection)
            if len(self._waiting) > self._most:
                self._waiting.drop().close()
            if time.perf_counter() > ends:
                break
        self._schedule()

    async def finish(self, *, keep_backlog: bool) -> None:
        """Close the listening socket, and open every connection that waits.

        Those in the kernel's queue would be reset; `keep_backlog`: they are another process' to accept.
        """
        if not keep_backlog:
            for connection, network in self._pending():
                self._waiting.put(network, connection)
        self._listener.close()
        self._schedule()
        while self._waiting or self._opening:  # noqa: ASYNC110 - each turn opens some
            await asyncio.sleep(0)

    def _pending(self) -> Iterator[tuple[socket.socket, str]]:
        """Accept and yield connections with their networks, until there is none or no file may be opened."""
        with suppress(OSError):
            while True:
                connection, address = self._listener.accept()
                yield connection, network_of(address[0])

    def _schedule(self) -> None:
        if self._waiting and not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._open_some)

    def _open_some(self) -> None:
        for _ in range(min(_OPENED_A_TURN, len(self._waiting))):
            self._opening += 1
            background(self._log, "accept", self._open(self._waiting.take()))
        self._is_scheduled = False
        self._schedule()

    async def _open(self, connection: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._make, connection)
        except OSError:  # it is of no use any more
            connection.close()
        finally:
            self._opening -= 1
