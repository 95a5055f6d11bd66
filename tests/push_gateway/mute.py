"""A TCP proxy in front of Redis that can silence every subscription while it stays open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Mute:
    """The proxy. Only connections that have subscribed are touched."""

    target: int
    port: int = 0
    subscribed: set[asyncio.StreamWriter] = field(default_factory=set)
    deaf: set[asyncio.StreamWriter] = field(default_factory=set)
    links: set[asyncio.Task[None]] = field(default_factory=set)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def deafen(self) -> int:
        """Let nothing more through to the present subscribers; returns how many there were."""
        self.deaf |= self.subscribed
        return len(self.deaf)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        self.writers |= {writer, back}
        self.links |= {
            asyncio.create_task(self._carry(reader, back, writer)),
            asyncio.create_task(self._carry(there, writer, None)),
        }

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: asyncio.StreamWriter | None
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if client is not None and b"SUBSCRIBE" in data:
                    self.subscribed.add(client)
                if writer not in self.deaf:
                    writer.write(data)
                    await writer.drain()
        writer.close()


@asynccontextmanager
async def muting(target: int) -> AsyncIterator[Mute]:
    """Give a proxy to the Redis at this port."""
    mute = Mute(target)
    server = await asyncio.start_server(mute.serve, "127.0.0.1", 0)
    mute.port = server.sockets[0].getsockname()[1]
    async with server:
        yield mute
        server.close()
        for link in mute.links:
            link.cancel()
        await asyncio.gather(*mute.links, return_exceptions=True)
        for writer in mute.writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
