"""The fast path: a request whose body comes with its head is served without a task, all others by ASGI."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from typing_extensions import override
from uvicorn.server import ServerState

from ingest.http.fast_http import WHOLE_RESPONSE, FastHttpProtocol, OnStored
from testbed import until

pytestmark = pytest.mark.anyio
POST = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
SHORT = b"content-length: 5\r\n\r\nshort"


@dataclass
class App:
    """Responds `long`, or `short` as a `whole`; its fast path `takes` requests or not."""

    takes: bool = True
    whole: bool = False
    taken: list[tuple[bytes, OnStored]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (message := await receive())["type"] == "http.disconnect":
            return
        while message["more_body"]:
            message = {**(more := await receive()), "body": message["body"] + more["body"]}
        self.bodies.append(message["body"])
        if self.whole:
            assert scope["extensions"][WHOLE_RESPONSE](scope, SHORT)
            return
        head = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"long"})

    def handle_fast(self, scope: Scope, body: bytes, on_stored: OnStored) -> bool:
        self.taken.append((body, on_stored))
        return self.takes


class Written(asyncio.Transport):
    """A transport that only notes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.out = b""
        self.writes = 0
        self.closed = False

    @override
    def write(self, data: Any) -> None:
        self.out += data
        self.writes += 1

    @override
    def is_closing(self) -> bool:
        return self.closed

    @override
    def close(self) -> None:
        self.closed = True

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
    protocol = FastHttpProtocol(config, state, {})
    protocol.connection_made(transport)
    return Served(app, transport, protocol, state)


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


async def test_a_request_that_the_fast_path_declines_is_served_by_asgi() -> None:
    served = serve(App(takes=False))
    served.protocol.data_received(POST + b"body")

    await until(lambda: served.transport.out.endswith(b"long"))
    assert served.app.bodies == [b"body"]
    served.end()


async def test_a_request_whose_fast_path_failed_is_served_by_asgi_with_its_whole_body() -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"body")
    served.app.taken[0][1](None)

    await until(lambda: served.transport.out.endswith(b"long"))
    assert served.app.bodies == [b"body"]
    served.end()


async def test_a_body_in_parts_is_served_by_asgi() -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"bo")
    served.protocol.data_received(b"dy")

    await until(lambda: served.transport.out.endswith(b"long"))
    assert (served.app.taken, served.app.bodies) == ([], [b"body"])
    served.end()


async def test_the_next_request_waits_for_the_response_of_the_fast_path() -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"one." + POST + b"two.")

    assert [body for body, _ in served.app.taken] == [b"one."]
    served.app.taken[0][1](SHORT)
    assert [body for body, _ in served.app.taken] == [b"one.", b"two."]
    served.app.taken[1][1](SHORT)
    assert served.transport.out.count(b"short") == 2
    served.end()


async def test_asgi_too_responds_in_one_write_while_the_next_request_waits() -> None:
    served = serve(App(takes=False, whole=True))
    served.protocol.data_received(POST + b"one." + POST + b"two.")

    await until(lambda: served.transport.out.count(b"short") == 2)
    assert served.transport.writes == 2
    served.end()


async def test_a_client_that_expects_a_100_gets_it_also_when_the_body_has_come() -> None:
    served = serve(App())
    served.protocol.data_received(POST.replace(b"Host: x", b"Expect: 100-continue") + b"body")

    await until(lambda: served.transport.out.endswith(b"long"))
    assert served.transport.out.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert served.app.taken == []
    served.end()


@pytest.mark.parametrize("waiting", [b"", POST + b"two.", POST], ids=["alone", "one behind", "half behind"])
async def test_nothing_is_written_to_a_closed_connection(waiting: bytes) -> None:
    served = serve(App())
    served.protocol.data_received(POST + b"body" + waiting)
    served.end()
    served.app.taken[0][1](SHORT)

    assert served.transport.out == b""


async def test_a_connection_that_is_to_be_closed_is_closed_after_the_response() -> None:
    served = serve(App())
    served.protocol.data_received(POST.replace(b"Host: x", b"Connection: close") + b"body")
    served.app.taken[0][1](SHORT)

    assert b"connection: close\r\n" in served.transport.out
    assert served.transport.closed
    served.end()
