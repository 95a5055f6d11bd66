"""A connection that has ended is freed at once with all that it received, without the garbage collector."""

import asyncio
import logging
from collections import Counter

import pytest
import uvloop
from starlette.types import Receive, Scope, Send

from shared.http.bounded_http import BoundedHttpProtocol
from testbed import until
from tests.support.freed import Served, collector_off, left_to_the_collector, serving

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
PARTIAL_HEAD = GET[:-2] + b"".join(b"a%d: %b\r\n" % (number, b"x" * 120) for number in range(400))
UPLOAD = POST + b"Content-Length: 100000\r\n\r\n" + b"x" * 50_000
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"3\r\nabc\r\n" * 1_000
OFFER = POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbody"
LATE = UPLOAD.replace(b"/", b"/late", 1)
ANSWER = b"\r\n\r\nanswer"
KINDS = {
    "nothing": (b"", b""),
    "a page": (GET, ANSWER),
    "the last page": (GET.replace(b"Host: x", b"Connection: close"), ANSWER),
    "pages behind each other": (GET * 5 + GET[:20], ANSWER),
    "a partial head": (PARTIAL_HEAD, b""),
    "an upload that is cut": (UPLOAD, b""),
    "an upload that is not read": (LATE, b""),
    "an upload that nobody wants": (UPLOAD.replace(b"/", b"/unread", 1), ANSWER),
    "chunks": (CHUNKED + b"0\r\n\r\n", ANSWER),
    "chunks that are cut": (CHUNKED, b""),
    "an offer that is ignored": (OFFER, ANSWER),
    "nonsense": (b"NONSENSE\r\n\r\n", b"HTTP/1.1 400"),
    "a head of too many lines": (GET[:-2] + b"a: b\r\n" * 600, b"HTTP/1.1 431"),
    "a fault of the app": (GET.replace(b"/ ", b"/fault "), b"HTTP/1.1 500"),
}
ROUNDS = 10


class App:
    """Reads what is posted and answers; `/late` waits until it may read."""

    def __init__(self) -> None:
        self.may_read = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/fault":
            raise ValueError
        if scope["path"] == "/late":
            await self.may_read.wait()
        more = scope["path"] != "/unread"
        while more:
            more = (await receive()).get("more_body", False)
        head = [(b"content-length", b"6")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"answer"})


@pytest.fixture(autouse=True)
def no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """What pytest keeps of the log has tracebacks."""
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "disabled", True)


async def come_and_go(served: Served, app: App, sent: bytes, answer: bytes) -> None:
    connection = await served.send(sent, answer)
    await served.end(connection)
    app.may_read.set()
    await until(lambda: not served.state.tasks, every=0.001)
    app.may_read.clear()


@pytest.mark.parametrize(("sent", "answer"), KINDS.values(), ids=KINDS)
def test_a_connection_that_has_ended_leaves_nothing_to_the_collector(sent: bytes, answer: bytes) -> None:
    async def run() -> tuple[int, Counter[str]]:
        app = App()
        async with serving(BoundedHttpProtocol, app) as served:
            await come_and_go(served, app, sent, answer)
            with collector_off():
                for _ in range(ROUNDS):
                    await come_and_go(served, app, sent, answer)
                return served.living(), left_to_the_collector()

    assert uvloop.run(run()) == (0, Counter())


def test_a_request_that_is_still_served_keeps_neither_its_connection_nor_its_body() -> None:
    async def run() -> tuple[int, int]:
        app = App()
        async with serving(BoundedHttpProtocol, app) as served:
            with collector_off():
                await served.end(await served.send(LATE))
                return served.living(), len(served.state.tasks)

    assert uvloop.run(run()) == (0, 1)


def test_a_request_that_is_cancelled_while_it_is_served_leaves_nothing_to_the_collector() -> None:
    async def run() -> tuple[int, Counter[str]]:
        async with serving(BoundedHttpProtocol, App()) as served:
            with collector_off():
                connection = await served.send(LATE)
                for task in list(served.state.tasks):
                    task.cancel()
                del task
                await served.end(connection)
                return served.living(), left_to_the_collector()

    assert uvloop.run(run()) == (0, Counter())
