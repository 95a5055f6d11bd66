"""A TCP proxy between two parts, so that their connections can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_CHUNK = 64 * 1024


@dataclass(slots=True)
class TcpProxy:
    """Passes bytes from `port` to `target`, both on loopback. `cuts`: connections cut so far."""

    target: int
    port: int = 0
    cuts: int = 0
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where an HTTP service behind it is reached."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Reset all connections, even in the middle of a message; new ones are accepted."""
        self.cuts += len(self._tasks)
        for end in self._ends:
            end.transport.abort()

    def accept(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Pass on a new connection until one side, or `cut`, ends it."""
        self._ends.add(back)
        task = asyncio.get_running_loop().create_task(self._carry(near, back))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End all connections."""
        while self._tasks:
            self.cut()
            await asyncio.wait(self._tasks, timeout=0.1)

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        ends = {back}
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
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


@asynccontextmanager
async def proxied(target: int) -> AsyncIterator[TcpProxy]:
    """Yield a proxy for a port, which ends with the block."""
    proxy = TcpProxy(target)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await asyncio.sleep(0)  # so that a connection accepted a moment ago is registered
        await proxy.close()
        await server.wait_closed()
