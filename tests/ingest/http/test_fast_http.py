"""The fast way: a plain POST in one packet is answered without a task, everything else by ASGI."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httptools
import pytest
import uvicorn
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from typing_extensions import override
from uvicorn.server import ServerState

from ingest.http.fast_http import FastHttpProtocol, OnStored, read_post
from shared.http.bounded_http import Bounds
from testbed import until

anyio = pytest.mark.anyio
POST = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
SHORT = b"content-length: 5\r\n\r\nshort"
SPECIAL = [
    b"Connection: close",
    b"proxy-connection: close",
    b"Expect: 100-continue",
    b"Upgrade: h2c",
    b"Transfer-Encoding: chunked",
    b"content-length: 4",
]


@dataclass
class App:
    """Responds `long`; its fast way `takes` requests or not."""

    takes: bool = True
    taken: list[tuple[bytes, OnStored]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (message := await receive())["type"] == "http.disconnect":
            return
        while message["more_body"]:
            message = {**(more := await receive()), "body": message["body"] + more["body"]}
        self.bodies.append(message["body"])
        head = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"long"})

    def handle_fast(self, path: bytes, body: bytes, on_stored: OnStored) -> bool:
        self.taken.append((body, on_stored))
        return self.takes


class Written(asyncio.Transport):
    """A transport that only notes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.out = b""
        self.closed = False

    @override
    def write(self, data: Any) -> None:
        self.out += data

    @override
    def is_closing(self) -> bool:
        return self.closed

    @override
    def close(self) -> None:
        self.closed = True

    @override
    def get_write_buffer_size(self) -> int:
        return 0

    @override
    def pause_reading(self) -> None:
        """What was read has been handed over."""

    @override
    def resume_reading(self) -> None:
        """It goes on as ever."""


@dataclass
class Served:
    """One connection."""

    app: App
    transport: Written
    protocol: FastHttpProtocol
    state: ServerState

    def end(self) -> None:
        self.protocol.connection_lost(None)


def serve(app: App) -> Served:
    config = uvicorn.Config(app, ws="none", log_config=None, proxy_headers=False)
    config.load()
    state, transport = ServerState(), Written()
    protocol = FastHttpProtocol(config, state, {}, bounds=Bounds(body_s=5.0, body_bytes=1024))
    protocol.connection_made(transport)
    return Served(app, transport, protocol, state)


@anyio
async def test_the_fast_path_needs_no_task() -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"body")
    ((body, done),) = served.app.taken

    assert (body, served.transport.out, served.state.tasks) == (b"body", b"", set())
    done(SHORT)
    assert served.transport.out.startswith(b"HTTP/1.1 200 OK\r\n")
    assert served.transport.out.endswith(b"short")
    assert served.state.tasks == set()
    served.end()


@anyio
async def test_a_request_that_the_fast_path_declines_is_served_by_asgi() -> None:
    served = serve(App(takes=False))
    served.protocol.data_received(POST + b"body")

    await until(lambda: served.transport.out.endswith(b"long"))
    assert served.app.bodies == [b"body"]
    served.end()


@anyio
async def test_a_request_whose_fast_path_failed_is_served_by_asgi_with_its_whole_body() -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"body")
    served.app.taken[0][1](None)

    await until(lambda: served.transport.out.endswith(b"long"))
    assert served.app.bodies == [b"body"]
    served.end()


@anyio
async def test_a_body_in_parts_is_served_by_asgi() -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"bo")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    served.protocol.data_received(b"dy")

    await until(lambda: served.transport.out.endswith(b"long"))
    assert (served.app.taken, served.app.bodies) == ([], [b"body"])
    served.end()


@anyio
async def test_the_next_request_waits_for_the_response_of_the_fast_path() -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"one.")
    served.protocol.data_received(POST + b"two.")

    assert [body for body, _ in served.app.taken] == [b"one."]
    served.app.taken[0][1](SHORT)
    assert [body for body, _ in served.app.taken] == [b"one.", b"two."]
    served.app.taken[1][1](SHORT)
    assert served.transport.out.count(b"short") == 2
    served.end()


@anyio
@pytest.mark.parametrize("line", SPECIAL)
async def test_a_request_that_asks_for_more_is_served_by_asgi(line: bytes) -> None:
    served = serve(App())
    served.protocol.data_received(POST.replace(b"Host: x", line) + b"body")

    await until(lambda: served.transport.out)
    assert served.app.taken == []
    served.end()


@anyio
@pytest.mark.parametrize("waiting", [b"", POST + b"two.", POST], ids=["alone", "one behind", "half behind"])
async def test_nothing_is_written_to_a_closed_connection(waiting: bytes) -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"body")
    if waiting:
        served.protocol.data_received(waiting)
    served.end()
    served.app.taken[0][1](SHORT)

    assert served.transport.out == b""


@anyio
async def test_what_comes_while_a_webhook_is_stored_waits_for_its_response() -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"one.")
    served.protocol.data_received(POST + b"tw")
    served.protocol.data_received(b"o." + POST + b"tri.")
    assert len(served.app.taken) == 1
    served.app.taken[0][1](SHORT)

    await until(lambda: served.transport.out.count(b"long") == 2)
    assert served.transport.out.index(b"short") < served.transport.out.index(b"long")
    assert served.app.bodies == [b"two.", b"tri."]
    served.end()


@anyio
async def test_what_waits_behind_a_webhook_that_redis_did_not_take_is_served_after_it() -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"one.")
    served.protocol.data_received(POST + b"two.")
    served.app.taken[0][1](None)

    await until(lambda: served.transport.out.count(b"long") == 2)
    assert served.app.bodies == [b"one.", b"two."]
    served.end()


@anyio
async def test_at_a_shutdown_the_webhook_that_is_being_stored_is_answered_first() -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"body")
    served.protocol.shutdown()
    closed_too_early = served.transport.closed
    served.app.taken[0][1](SHORT)

    assert not closed_too_early
    assert b"connection: close\r\n" in served.transport.out
    assert served.transport.closed
    served.end()


@anyio
async def test_at_a_shutdown_a_connection_whose_webhooks_are_answered_is_closed() -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"body")
    served.app.taken[0][1](SHORT)
    served.protocol.shutdown()

    assert served.transport.closed
    served.end()


@anyio
async def test_at_a_shutdown_a_request_that_offers_an_upgrade_is_served_and_its_connection_closed() -> None:
    served = serve(App())
    served.protocol.shutdown()
    offer = b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    served.protocol.data_received(POST.removesuffix(b"\r\n") + offer + b"body")

    await until(lambda: served.transport.closed)
    assert served.transport.out.endswith(b"long")
    assert b"connection: close\r\n" in served.transport.out
    served.end()


@anyio
async def test_a_client_that_does_not_read_its_answers_is_not_served() -> None:
    served = serve(App())
    served.protocol.pause_writing()
    served.protocol.data_received(POST + b"body")
    assert served.app.taken == []
    served.protocol.resume_writing()

    assert [body for body, _ in served.app.taken] == [b"body"]
    served.end()


@anyio
@pytest.mark.parametrize(
    "first", [[POST + b"one.", b"\r\n"], [POST + b"one.\r\n"]], ids=["apart", "together"]
)
async def test_the_webhook_after_an_empty_line_takes_the_fast_way(first: list[bytes]) -> None:
    served = serve(App())
    for packet in first:
        served.protocol.data_received(packet)
        for _, on_stored in served.app.taken:
            on_stored(SHORT)
    await until(lambda: served.transport.out)
    for _ in range(3):  # the empty line is read in a turn of the loop
        await asyncio.sleep(0)
    served.app.taken.clear()
    served.protocol.data_received(POST + b"two.")

    assert [body for body, _ in served.app.taken] == [b"two."]
    served.end()


class Parsed:
    """What httptools reads in a packet."""

    def __init__(self, packet: bytes) -> None:
        self.path, self.body, self.whole = b"", b"", 0
        self.parser = httptools.HttpRequestParser(self)
        self.parser.feed_data(packet)

    def on_url(self, url: bytes) -> None:
        self.path += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.whole += 1


def lines() -> st.SearchStrategy[bytes]:
    names = st.sampled_from([b"Host", b"Content-Length", b"X-A", b" B", b"C ", b"", b"D\t", b"te", *SPECIAL])
    values = st.one_of(
        st.binary(max_size=4), st.sampled_from([b"", b" 4", b"4", b" 5", b"\t4", b" +4", b" 4 "])
    )
    ends = st.sampled_from([b"\r\n"] * 9 + [b"\n", b"\r", b"\r\n "])
    built = st.builds(lambda *parts: b"".join(parts), names, st.just(b":"), values, ends)
    return st.one_of(st.just(b"Content-Length: 4\r\n"), st.just(b"Host: x\r\n"), built)


@given(
    st.sampled_from([b"/x", b"/x/y.z~-_", b"//x", b"/x?y", b"/%41", b"*", b"x", b"/\xff"]),
    st.lists(lines(), max_size=4),
    st.sampled_from([b"\r\n", b"\n", b""]),
    st.sampled_from([b"body", b"bod", b"body\r\n", b""]),
)
@example(b"/x", [b"Content-Length: 4\r\n"], b"\r\n", b"body")
@example(b"/x", [b"a:\xff\t \r\n", b"CONTENT-LENGTH:4\r\n", b"b:\r\n"], b"\r\n", b"body")
def test_what_the_fast_way_reads_is_what_the_parser_reads(
    path: bytes, head: list[bytes], end: bytes, body: bytes
) -> None:
    packet = b"POST " + path + b" HTTP/1.1\r\n" + b"".join(head) + end + body

    if (read := read_post(packet)) is not None:
        parsed = Parsed(packet)
        assert (parsed.path, parsed.body, parsed.whole) == (*read, 1)
        assert httptools.parse_url(parsed.path).path == parsed.path
        assert parsed.parser.get_method() == b"POST"
        assert parsed.parser.should_keep_alive()
        assert not parsed.parser.should_upgrade()
