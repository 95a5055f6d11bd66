"""Serves HTTP within a test, and tells what its connections leave to the garbage collector.

In a service the collector examines what has lived for a while after hours, so a reference cycle keeps it.
"""

import asyncio
import gc
import socket
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn
from uvicorn.server import ServerState

from shared.http.bounded_http import BoundedHttpProtocol, Bounds
from testbed import until


@contextmanager
def collector_off() -> Iterator[None]:
    """Keep the garbage collector from running by itself."""
    gc.collect()
    gc.freeze()  # what was there before is no matter: uvloop's closed loops are never freed
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def left_to_the_collector() -> Counter[str]:
    """Collect, and count what was found by its type."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return Counter(type(found).__qualname__ for found in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.collect()


@dataclass
class Served:
    """A server: the state of its app, the protocols of its connections, the bytes that they received."""

    app_state: Mapping[str, Any]
    port: int = 0
    state: ServerState = field(default_factory=ServerState)
    protocols: list["weakref.ref[asyncio.Protocol]"] = field(default_factory=list)
    received: int = 0

    def living(self) -> int:
        """Return how many protocols have not been freed."""
        return sum(protocol() is not None for protocol in self.protocols)

    async def send(self, sent: bytes, until_seen: bytes = b"") -> socket.socket:
        """Connect and send; return when all of it has been taken, and this has been answered."""
        expected = self.received + len(sent)
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        try:
            await asyncio.to_thread(_ask, connection, sent, until_seen)
        except BaseException:
            connection.close()
            raise
        await until(lambda: self.received >= expected, every=0.001)
        for _ in range(50):  # it is parsed in a few turns of the loop
            await asyncio.sleep(0)
        return connection

    async def end(self, connection: socket.socket) -> None:
        """Close a connection; return when the server has noticed."""
        connection.close()
        await until(lambda: not self.state.connections, every=0.001)
        for _ in range(5):
            await asyncio.sleep(0)


def _ask(connection: socket.socket, sent: bytes, until_seen: bytes) -> None:
    connection.sendall(sent)
    seen = b""
    while until_seen not in seen:
        part = connection.recv(65_536)
        assert part, seen
        seen += part


@asynccontextmanager
async def serving(
    http: type[BoundedHttpProtocol],
    app: Any,
    ws: type[asyncio.Protocol] | Literal["none"] = "none",
) -> AsyncIterator[Served]:
    """Serve an app by a protocol for the length of the block."""
    config = uvicorn.Config(app, ws=ws, log_config=None, access_log=False, proxy_headers=False)
    config.load()
    lifespan = config.lifespan_class(config)
    served, bounds = Served(lifespan.state), Bounds(body_s=5.0, body_bytes=2**25)

    class Counting(http):  # type: ignore[misc, valid-type]  # any protocol
        def data_received(self, data: bytes) -> None:
            served.received += len(data)
            super().data_received(data)

    def connected() -> BoundedHttpProtocol:
        protocol = Counting(config, served.state, lifespan.state, bounds=bounds)
        served.protocols.append(weakref.ref(protocol))
        return protocol

    await lifespan.startup()
    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0)
    async with server:
        served.port = server.sockets[0].getsockname()[1]
        yield served
    await lifespan.shutdown()
