"""One protocol for both services: requests one after the other, responses as far as they are read."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from shared.http import bounded_http, sequential_http, unread
from shared.http.bounded_http import BoundedHttpProtocol, Bounds
from testbed import until

anyio = pytest.mark.anyio
LONG = b"x" * 8_000_000
REQUESTS = [
    b"GET /%d HTTP/1.1\r\n\r\n",
    b"\r\nGET /%d HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /%d HTTP/1.1\r\nContent-Length: 6\r\n\r\n\r\n\r\n..",
    b"POST /%d HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n2;x\r\n..\r\n0\r\nA: b\r\n\r\n",
    b"POST /%d HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 6\r\n\r\n\r\n\r\n..",
]


class Service:
    """An app that notes the requests that it serves at once."""

    def __init__(self) -> None:
        self.came: list[tuple[str, bytes]] = []
        self.now = self.most = 0
        self.protocols: list[BoundedHttpProtocol] = []
        self.may_read_late = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        if scope["path"] == "/late":
            await self.may_read_late.wait()
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.came.append((scope["path"], body))
        content = LONG if scope["path"] == "/long" else b"."
        await asyncio.sleep(0)
        self.now -= 1
        head = [(b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": content})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        """Serve it; gives the port."""
        config = uvicorn.Config(self, ws="none", log_config=None)
        config.load()
        state, bounds = ServerState(), Bounds(body_s=5.0, body_bytes=2**20)

        def connected() -> BoundedHttpProtocol:
            self.protocols.append(BoundedHttpProtocol(config, state, {}, bounds=bounds))
            return self.protocols[-1]

        server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0)
        async with server:
            yield int(server.sockets[0].getsockname()[1])
            for protocol in self.protocols:
                if protocol.parser is not None:  # it is not closed yet
                    protocol.transport.abort()


@given(st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=6), st.integers(5, 90), st.data())
def test_requests_in_any_pieces_are_served_one_after_the_other(
    requests: list[bytes], parsed_at_once: int, data: st.DataObject
) -> None:
    sent = b"".join(request % number for number, request in enumerate(requests))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=4)))
    pieces = [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    service = Service()

    async def run() -> None:
        async with service.running() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0)
            for _ in requests:
                await reader.readuntil(b"\r\n\r\n.")
            writer.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequential_http, "_PIECE", parsed_at_once)
        asyncio.run(run())
    assert service.came == [
        (f"/{number}", b"" if b"GET" in request else b"\r\n\r\n..") for number, request in enumerate(requests)
    ]
    assert service.most == 1


@anyio
async def test_a_body_that_the_app_does_not_read_waits_with_its_client_and_arrives_whole() -> None:
    service, body = Service(), b"x" * 1_000_000
    async with service.running() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /late HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await until(lambda: service.protocols and service.protocols[0].cycle is not None)
        (protocol,) = service.protocols
        await until(lambda: len(protocol.cycle.body) > 60_000)
        for _ in range(200):
            await asyncio.sleep(0)

        assert len(protocol.cycle.body) < 400_000  # what is kept, and one more read
        service.may_read_late.set()
        await reader.readuntil(b"\r\n\r\n.")
        writer.close()

    assert service.came == [("/late", body)]


@anyio
async def test_a_closed_connection_is_freed_without_the_collector() -> None:
    service = Service()
    gc.disable()
    try:
        async with service.running() as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nX: half a head")
            await until(lambda: service.protocols)
            freed = weakref.ref(service.protocols.pop())
            writer.close()
            await until(lambda: freed() is None)
    finally:
        gc.enable()


async def read_slowly(port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**14)
    writer.write(b"GET /long HTTP/1.1\r\nConnection: close\r\n\r\n")
    received = 0
    while part := await reader.read(200_000):
        received += len(part)
        await asyncio.sleep(0.01)
    writer.close()
    return received


@anyio
@pytest.mark.parametrize("connection", [b"keep-alive", b"close"])
async def test_a_client_that_reads_nothing_is_cut_and_a_slow_one_is_not(
    monkeypatch: pytest.MonkeyPatch, connection: bytes
) -> None:
    monkeypatch.setattr(unread, "STUCK_S", 0.5)
    monkeypatch.setattr(bounded_http, "_TICK_S", 0.1)
    monkeypatch.setattr(bounded_http, "HEAD_S", 0.1)
    service = Service()
    async with service.running() as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"GET /long HTTP/1.1\r\nConnection: %b\r\n\r\n" % connection)
        await until(lambda: service.came)
        slow = asyncio.create_task(read_slowly(port))

        await until(lambda: service.protocols[0].parser is None)
        assert await slow > len(LONG)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@anyio
async def test_a_connection_without_another_request_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_http, "_TICK_S", 0.05)
    monkeypatch.setattr(bounded_http, "HEAD_S", 0.05)
    monkeypatch.setattr(bounded_http, "KEEP_ALIVE_S", 0.2)
    service = Service()
    async with service.running() as port, asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")

        assert (await reader.read()).endswith(b"\r\n\r\n.")
        writer.close()
        await writer.wait_closed()


@anyio
async def test_empty_lines_after_a_request_are_no_request_and_renew_no_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounded_http, "_TICK_S", 0.05)
    monkeypatch.setattr(bounded_http, "HEAD_S", 0.05)
    monkeypatch.setattr(bounded_http, "KEEP_ALIVE_S", 0.5)
    service = Service()
    async with service.running() as port, asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        received = await reader.readuntil(b"\r\n\r\n.")
        while not reader.at_eof():
            writer.write(b"\r\n")
            with suppress(TimeoutError):
                received += await asyncio.wait_for(reader.read(1024), 0.02)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    assert received.count(b"HTTP/1.1 ") == 1


SECOND = b"POST /second HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"


@anyio
async def test_a_body_behind_a_head_whose_end_was_cut_in_two_arrives_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = b"GET /first HTTP/1.1\r\nX: ".ljust(57, b"x") + b"\r\n\r\n"
    monkeypatch.setattr(sequential_http, "_PIECE", len(first) - 1)
    service = Service()
    async with service.running() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(first + SECOND)
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n.")
        writer.close()

    assert service.came == [("/first", b""), ("/second", b"body")]


@anyio
@pytest.mark.parametrize("arrived", [1, len(SECOND) - 5, len(SECOND)])
async def test_at_a_shutdown_a_request_that_has_begun_on_a_kept_connection_is_served(arrived: int) -> None:
    service = Service()
    async with service.running() as port, asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /first HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n.")
        (protocol,) = service.protocols
        protocol.data_received(SECOND[:arrived])  # the kernel might hand it over in another turn
        protocol.shutdown()
        writer.write(SECOND[arrived:])
        rest = await reader.read()
        writer.close()

    assert service.came == [("/first", b""), ("/second", b"body")]
    assert rest.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in rest


@anyio
async def test_at_a_shutdown_a_request_that_never_comes_whole_does_not_keep_its_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounded_http, "LINGER_S", 0.05)
    service = Service()
    async with service.running() as port, asyncio.timeout(4):  # less than a head may take
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /first HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n.")
        (protocol,) = service.protocols
        protocol.data_received(b"GET /second HT")
        protocol.shutdown()

        assert await reader.read() == b""
        writer.close()
