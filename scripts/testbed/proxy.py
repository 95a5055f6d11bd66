"""A TCP proxy between two parts, so that their connections can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_TURNS_TO_ACCEPT = 10
"""After so many turns of its loop asyncio has told of each connection that it accepted."""


@dataclass(slots=True)
class TcpProxy:
    """Passes bytes from `port` to `target`, both on loopback. `was_cut`: a connection was cut."""

    target: int
    port: int = 0
    was_cut: bool = False
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """Reset all connections, even in the middle of a message; new ones are accepted."""
        self.was_cut |= bool(self._ends)
        for end in self._ends:
            end.transport.abort()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Pass on connections during the block."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for _ in range(_TURNS_TO_ACCEPT):
                await asyncio.sleep(0)  # so that a connection accepted a moment ago is known
            while self._ends:
                self.cut()
                await asyncio.sleep(0.05)

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        ends = {back}
        self._ends.add(back)
        with suppress(OSError):
            far, forth = await asyncio.open_connection("127.0.0.1", self.target)
            ends.add(forth)
            self._ends.add(forth)
            await asyncio.gather(_pass_on(near, forth), _pass_on(far, back))
        for end in ends:
            end.transport.abort()
        self._ends -= ends


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on one direction; when one side ends, close the other."""
    try:
        while data := await reader.read(64 * 1024):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
