"""The WebSocket clients of the benchmarks, against a server that closes the first connections."""

import asyncio
from contextlib import suppress

import pytest

from bench.socket_clients import SocketClients
from testbed import until

pytestmark = pytest.mark.anyio
HELLO, SENT_AWAY = b"\x81\x02hi", b"\x88\x02\x03\xf5"


async def test_closed_clients_reconnect_until_they_are_greeted() -> None:
    refusals, ended = 3, 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal refusals, ended
        await reader.readuntil(b"\r\n\r\n")
        refusals -= 1
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + (SENT_AWAY if refusals >= 0 else HELLO))
        if refusals < 0:
            with suppress(ConnectionError):
                await reader.read()  # until the clients leaves
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        ended += 1

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        clients = SocketClients(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await clients.join(5)
        await clients.hear()
        greeted = [client.bytes for client in clients.clients if not client.lost]
        clients.abort()
        await until(lambda: ended == 3 + 5)

    assert greeted == [len(HELLO)] * 5
