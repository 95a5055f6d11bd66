"""Whether a request was sent, for whatever ends a call without a response."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from testbed import until
from tests.support.certificates import Authority
from tests.worker.avito.breaking import EMPTY_OBJECT, Break, breaking, deaf_port
from tests.worker.avito.ports import refusing_port
from worker.avito import requests as op
from worker.avito import transport
from worker.avito.errors import AvitoError, Unavailable, Unknown
from worker.avito.requests import Picture, Request

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("authority")]

TEXT = Request(op.SEND, "/send", json={"message": {"text": "Да, отдам за 5000"}, "type": "text"})
LONG = Request(op.SEND, "/send", json={"message": {"text": "Да" * 1_000_000}, "type": "text"})
PAGE = Request(op.MESSAGES, "/messages")
UPLOAD = Request(op.UPLOAD, "/upload", picture=Picture(b"x" * 5_000_000))
HALF = 100_000
"""Bytes: a part of the two large ones."""
PATIENT_S = 20.0
IMPATIENT_S = 0.3

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"
CUT = {
    "reset as it is accepted": Break(read=0, end="reset"),
    "closed as it is accepted": Break(read=0),
    "reset after the first byte": Break(read=1, end="reset"),
    "closed within the head": Break(read=20),
    "closed after the request": Break(),
    "reset after the request": Break(end="reset"),
    "kept, then reset as the next one comes": Break(read=1, end="reset", first=1),
    "kept, then closed as the next one comes": Break(read=1, first=1),
    "kept, then closed after the next one": Break(first=1),
    "closed within the status": Break(answer=b"HTTP/1.1 20"),
    "closed within the head of the response": Break(answer=b"HTTP/1.1 200 OK\r\nConte"),
    "closed within the body": Break(answer=HEAD + b'{"id":'),
    "reset within the body": Break(answer=HEAD + b'{"id":', end="reset"),
    "closed within a chunk": Break(answer=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    "closed after 100 Continue": Break(answer=b"HTTP/1.1 100 Continue\r\n\r\n"),
    "not HTTP": Break(answer=b"SSH-2.0 OpenSSH_9.2\r\n\r\n"),
    "two lengths": Break(answer=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "),
    "a head without end": Break(answer=b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000),
    "a body without end": Break(answer=b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 5_000_000),
    "broken gzip": Break(answer=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
    "another protocol": Break(answer=b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
}
SILENT = {
    "silent within the request": Break(read=20, end="silence"),
    "silent after the request": Break(end="silence"),
    "silent within the head of the response": Break(answer=b"HTTP/1.1 200 OK\r\nConte", end="silence"),
    "silent within the body": Break(answer=HEAD + b'{"id":', end="silence"),
}
HANDSHAKES = {
    "closed": Break(read=0),
    "reset": Break(read=0, end="reset"),
    "closed after the greeting": Break(read=10),
    "reset after the greeting": Break(read=10, end="reset"),
    "silent": Break(read=0, end="silence"),
    "not TLS": Break(read=0, answer=b"HTTP/1.1 400 Bad Request\r\n\r\n"),
}


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """The loop that workers run on."""
    return "asyncio", {"use_uvloop": True}


async def outcome(url: str, request: Request = TEXT, within_s: float = PATIENT_S) -> AvitoError | int:
    """Return the error of a request, or the status of its response."""
    async with transport.open_http(url) as http:
        return await outcome_of(http, request, within_s)


async def outcome_of(
    http: httpx2.AsyncClient, request: Request, within_s: float = PATIENT_S
) -> AvitoError | int:
    try:
        response, _ = await transport.send(http, request, "token", within_s)
    except AvitoError as error:
        return error
    return response.status_code


def assert_nothing_sent(told: AvitoError | int) -> None:
    assert isinstance(told, Unavailable)
    assert (told.sent, told.why) == (False, "cannot be reached, nothing was sent")


@asynccontextmanager
async def broken(at: Break) -> AsyncIterator[tuple[httpx2.AsyncClient, Any]]:
    """Give a client and its server, which breaks at the next request."""
    async with breaking(at) as server, transport.open_http(server.url) as http:
        for _ in range(at.first):
            assert await outcome_of(http, PAGE) == 200
        server.seen.clear()
        yield http, server


@pytest.mark.parametrize("request_", [TEXT, PAGE], ids=["changes", "reads"])
@pytest.mark.parametrize("url", ["http://nothing.invalid", "ftp://127.0.0.1"], ids=["name", "protocol"])
async def test_what_has_no_address_sent_nothing(url: str, request_: Request) -> None:
    assert_nothing_sent(await outcome(url, request_))


@pytest.mark.parametrize("request_", [TEXT, PAGE], ids=["changes", "reads"])
async def test_a_refused_connection_sent_nothing(request_: Request) -> None:
    with refusing_port() as port:
        assert_nothing_sent(await outcome(f"http://127.0.0.1:{port}", request_))


@pytest.mark.parametrize("request_", [TEXT, PAGE], ids=["changes", "reads"])
async def test_a_connection_that_is_not_taken_sent_nothing_also_at_the_end_of_all_time(
    request_: Request,
) -> None:
    with deaf_port() as port:
        assert_nothing_sent(await outcome(f"http://127.0.0.1:{port}", request_, IMPATIENT_S))


@pytest.mark.parametrize("at", HANDSHAKES.values(), ids=HANDSHAKES)
async def test_a_handshake_that_ends_sent_nothing(at: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_CONNECT_TIMEOUT_S", IMPATIENT_S)
    async with breaking(at) as server:
        told = await outcome(server.url.replace("http:", "https:"))

    assert_nothing_sent(told)


async def test_who_waits_for_a_free_connection_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_CONNECTIONS", 1)
    monkeypatch.setattr(transport, "_CONNECT_TIMEOUT_S", 0.05)
    async with broken(SILENT["silent after the request"]) as (http, server):
        first = asyncio.create_task(outcome_of(http, TEXT, IMPATIENT_S))
        await until(lambda: bool(server.seen))
        second = await outcome_of(http, TEXT)

        assert isinstance(await first, Unknown)

    assert_nothing_sent(second)
    assert server.requests == 1


@pytest.mark.parametrize("at", CUT.values(), ids=CUT)
async def test_a_cut_after_the_connection_was_made_leaves_a_change_unknown(at: Break) -> None:
    async with broken(at) as (http, server):
        told = await outcome_of(http, TEXT)

    assert isinstance(told, Unknown)
    assert told.how == "cut"
    assert server.requests <= 1


@pytest.mark.parametrize("at", CUT.values(), ids=CUT)
async def test_a_cut_read_is_unavailable_and_not_repeated(at: Break) -> None:
    async with broken(at) as (http, server):
        told = await outcome_of(http, PAGE)

    assert isinstance(told, Unavailable)
    assert told.why == "connection cut"
    assert server.requests <= 1


@pytest.mark.parametrize("at", SILENT.values(), ids=SILENT)
async def test_silence_leaves_a_change_unknown_and_a_read_unavailable(at: Break) -> None:
    async with broken(at) as (http, _):
        changed, read = await asyncio.gather(
            outcome_of(http, TEXT, IMPATIENT_S), outcome_of(http, PAGE, IMPATIENT_S)
        )

    assert isinstance(changed, Unknown)
    assert changed.how == "silent"
    assert isinstance(read, Unavailable)
    assert read.why == "no answer in time"


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_a_large_request_that_is_cut_half_way_was_sent(end: Any) -> None:
    async with broken(Break(read=HALF, end=end)) as (http, _):
        changed, uploaded = await outcome_of(http, LONG), await outcome_of(http, UPLOAD)

    assert isinstance(changed, Unknown)
    assert isinstance(uploaded, Unavailable)
    assert uploaded.why == "connection cut"


async def test_a_refusal_that_comes_before_the_whole_request_is_heard() -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    async with broken(Break(read=HALF, answer=refusal, end="silence")) as (http, _):
        assert await outcome_of(http, LONG) == 413


async def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    async with broken(Break(answer=EMPTY_OBJECT)) as (http, server):
        assert [await outcome_of(http, TEXT) for _ in range(3)] == [200, 200, 200]
        assert server.requests == 3


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("status", [200, 403])
async def test_an_answer_that_was_there_before_the_request_answers_nothing(
    status: int, tls: bool, authority: Authority
) -> None:
    more = f"HTTP/1.1 {status} Of Another\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    at = Break(answer=EMPTY_OBJECT, first=1, more=more)
    certificate = authority.site("localhost") if tls else None
    async with breaking(at, certificate) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        async with transport.open_http(url) as http:
            assert await outcome_of(http, PAGE) == 200
            told = await outcome_of(http, TEXT)

    assert isinstance(told, Unknown)
    assert told.how == "cut"


async def test_a_cancelled_call_leaves_no_connection_to_the_next() -> None:
    async with broken(SILENT["silent within the body"]) as (http, server):
        call = asyncio.create_task(outcome_of(http, TEXT))
        await until(lambda: bool(server.seen))
        call.cancel()
        await asyncio.wait([call])
        server.at = Break(answer=EMPTY_OBJECT)

        assert await outcome_of(http, TEXT) == 200


@pytest.fixture(scope="module")
def length() -> int:
    """How many bytes the request has."""

    async def ask() -> int:
        async with broken(Break()) as (http, server):
            await outcome_of(http, TEXT)
        return len(server.seen)

    return asyncio.run(ask())


@given(
    share=st.floats(0, 1),
    answered=st.integers(0, len(EMPTY_OBJECT) - 1),
    end=st.sampled_from(["close", "reset"]),
    first=st.integers(0, 1),
)
def test_a_cut_at_any_byte_is_never_told_as_not_sent_nor_as_done(
    length: int, share: float, answered: int, end: Any, first: int
) -> None:
    async def call() -> None:
        read = int(share * length)
        part = Break(read, end=end, first=first)
        at = part if read < length else Break(None, EMPTY_OBJECT[:answered], end, first)
        async with broken(at) as (http, server):
            told = await outcome_of(http, TEXT)

        assert isinstance(told, Unknown)
        assert server.requests <= 1

    asyncio.run(call())
