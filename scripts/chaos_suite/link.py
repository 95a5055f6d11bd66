"""A TCP proxy on one way between two parts, so that the way can be cut, closed or made to hold its breath."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

_CHUNK = 64 * 1024


@dataclass(slots=True)
class Link:
    """Carries bytes from `port` to `target`, both on loopback. `cuts`: connections cut so far."""

    target: int
    port: int = 0
    cuts: int = 0
    _pairs: set[asyncio.Task[None]] = field(default_factory=set)

    def cut(self) -> None:
        """Reset every connection as it is, amid whatever was being said; new ones are let through."""
        for pair in self._pairs:
            self.cuts += pair.cancel()

    async def serve(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Carry one connection until either end, or `cut`, ends it."""
        pair = asyncio.current_task()
        assert pair is not None  # noqa: S101 - start_server runs this in a task
        self._pairs.add(pair)
        writers = [back]
        with suppress(asyncio.CancelledError, OSError):
            far, forth = await asyncio.open_connection("127.0.0.1", self.target)
            writers.append(forth)
            await _both(near, forth, far, back)
        for writer in writers:
            writer.transport.abort()
        self._pairs.discard(pair)

    async def close(self) -> None:
        """End all connections."""
        pairs = list(self._pairs)
        self.cut()
        await asyncio.gather(*pairs, return_exceptions=True)


async def _both(
    near: asyncio.StreamReader,
    forth: asyncio.StreamWriter,
    far: asyncio.StreamReader,
    back: asyncio.StreamWriter,
) -> None:
    """Carry both directions; what one end closes is closed at the other, and then all of it."""
    ways = [asyncio.create_task(_carry(near, forth)), asyncio.create_task(_carry(far, back))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def linked(**targets: int) -> AsyncIterator[dict[str, Link]]:
    """Give a link for each name to its target port; all are gone after the block."""
    links = {name: Link(target) for name, target in targets.items()}
    async with AsyncExitStack() as stack:
        for link in links.values():
            server = await stack.enter_async_context(await asyncio.start_server(link.serve, "127.0.0.1", 0))
            link.port = server.sockets[0].getsockname()[1]
            stack.push_async_callback(link.close)
        yield links
