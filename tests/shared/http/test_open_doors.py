"""Attacks by strangers on the HTTP of ingest and of the gateway, as real processes."""

import asyncio
import resource
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from testbed import System, SystemPart, running_system, until
from tests.shared.http.strangers import (
    TINY,
    ask,
    beside,
    connect,
    connect_without_end,
    hold_places,
    is_open,
    keep_busy,
    open_at_once,
    send_and_leave,
    send_anew,
    send_slowly,
    send_without_end,
)
from tests.support.door_watch import MOST_KEPT_MIB, computed_s, watching
from tests.support.yardstick import cost_of

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
IDLE_S = 85.0
STORM = min(4_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1] * 3 // 4)
"""Connections that come at once."""
MANY = 2_000
"""Connections with a head that never ends."""

READING = {"ingest": b"webhook", "gateway": b"login"}
"""Where each service reads what is posted by strangers."""
POST = b"POST /admin/avito/%b HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\n"
HANDSHAKE = (
    b"GET /admin/avito/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
HALF_HEAD = b"GET /livez HTTP/1.1\r\nX: " + b"x" * 60_000
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
POSTS = {
    "ingest": b"POST /admin/avito/webhook HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
    "gateway": b"POST /admin/avito/api/quick-replies HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    folder = tmp_path_factory.mktemp("doors")
    async with running_system(folder, "ingest", "gateway", simulator=False) as started:
        yield started


@dataclass(slots=True)
class Idle:
    """Connections that have posted once and then nothing, and some whose answers are not read.

    `answers`: what each of the first gets to a second post, IDLE_S later.
    """

    answers: Future[dict[str, bytes]]
    unread: dict[str, socket.socket]


@pytest.fixture(scope="module", autouse=True)
def idle(system: System) -> Iterator[Idle]:
    """What lasts longer than a test is tried during all of them."""
    kept = {service: connect(system.part(service)) for service in POSTS}
    unread = {service: connect(system.part(service)) for service in POSTS}
    for service, connection in kept.items():
        assert ask(connection, POSTS[service]).startswith(b"HTTP/1.1 ")
    for connection in unread.values():
        send_without_end([connection], TINY * 500, 1)
    over = threading.Event()

    def ask_again() -> dict[str, bytes]:
        over.wait(IDLE_S)
        return {service: ask(connection, POSTS[service]) for service, connection in kept.items()}

    with ThreadPoolExecutor(1) as executor:
        yield Idle(executor.submit(ask_again), unread)
        over.set()
    for connection in (*kept.values(), *unread.values()):
        connection.close()


@pytest.mark.attack
@pytest.mark.parametrize("service", ["ingest", "gateway"])
async def test_pipelined_requests_whose_answers_are_not_read_take_no_memory(
    system: System, service: str
) -> None:
    async with watching(system.part(service)) as figures:
        connections = [connect(system.part(service)) for _ in range(10)]
        assert await asyncio.to_thread(send_without_end, connections, TINY * 500, 3) == 10
        for connection in connections:
            connection.close()

    assert figures.faults() == []
    assert figures.peak_mib < MOST_KEPT_MIB


@pytest.mark.attack
async def test_pipelined_webhooks_whose_answers_are_not_read_take_no_memory(system: System) -> None:
    path = urlsplit(system.webhook_url).path.encode()
    webhook = b"POST %b HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}" % path
    async with watching(system.part("ingest")) as figures:
        connections = [connect(system.part("ingest")) for _ in range(10)]
        assert await asyncio.to_thread(send_without_end, connections, webhook, 2) == 10
        for connection in connections:
            connection.close()

    assert figures.faults() == []
    assert figures.peak_mib < MOST_KEPT_MIB


DRIPS = {
    "nothing": (b"", b""),
    "head": (b"GET /livez HTTP/1.1\r\nX: ", b"x"),
    "empty lines": (b"", b"\r\n"),
    "body": (POST + b"Content-Length: 1000\r\n\r\n", b"x"),
    "chunks": (CHUNKED, b"1\r\nx\r\n"),
    "chunk extension": (CHUNKED + b"1;", b"x"),
    "trailers": (CHUNKED + b"1\r\nx\r\n0\r\n", b"a: b\r\n"),
    "body after the answer": (b"POST /nothing HTTP/1.1\r\nContent-Length: 1000\r\n\r\n", b"x"),
}


async def test_a_drip_renews_no_deadline(system: System) -> None:
    dripping = {(service, name): connect(system.part(service)) for service in POSTS for name in DRIPS}
    for (service, name), connection in dripping.items():
        connection.sendall(DRIPS[name][0].replace(b"%b", READING[service]))
    ends = time.monotonic() + 45  # the login form has 10 s, and its sender 5 s to read the answer
    while dripping and time.monotonic() < ends:
        await asyncio.sleep(0.2)
        for (service, name), connection in list(dripping.items()):
            with suppress(OSError):
                connection.send(DRIPS[name][1])
            if not is_open(connection):
                dripping.pop((service, name)).close()

    assert list(dripping) == []


REFUSED = {
    b"GET /livez HTTP/1.1\r\nX: ": 408,
    b"GET /livez HTTP/1.1\r\nX: " + b"x" * 65_536: 431,
    b"NONSENSE\r\n\r\n": 400,
    CHUNKED + b"zz\r\n": 400,
}


@pytest.mark.parametrize("service", ["ingest", "gateway"])
async def test_what_is_no_request_is_refused_in_form(system: System, service: str) -> None:
    asked = {request: connect(system.part(service)) for request in REFUSED}
    for request, connection in asked.items():
        connection.sendall(request.replace(b"%b", READING[service]))
    for request, connection in asked.items():
        answer = await asyncio.to_thread(ask, connection, b"")
        connection.close()

        assert answer.startswith(b"HTTP/1.1 %d " % REFUSED[request])
        assert b"\r\nx-content-type-options: nosniff\r\n" in answer.lower()


@pytest.mark.parametrize("service", ["ingest", "gateway"])
async def test_a_chunk_extension_without_an_end_is_cut(system: System, service: str) -> None:
    with connect(system.part(service)) as connection, pytest.raises(OSError, match=r"reset|pipe"):
        connection.sendall(CHUNKED.replace(b"%b", READING[service]) + b"1;" + b"x" * 60_000_000)


@pytest.mark.parametrize("service", ["ingest", "gateway"])
async def test_one_address_never_takes_the_last_place(service: str, tmp_path: Path) -> None:
    async with running_system(tmp_path, simulator=False) as system:
        part = system.part(service)
        few = ("sh", "-c", 'ulimit -n 400; exec "$@"', "sh")
        await asyncio.to_thread(part.launch, system.environment, wrap=few)
        await part.ready()
        with connect(part) as kept, beside(hold_places, part.port):
            answers = [await asyncio.to_thread(ask, kept)]
            await until(lambda: descriptors(part) > 250)
            for _ in range(30):
                with connect(part) as new:
                    answers += [await asyncio.to_thread(ask, one) for one in (new, kept)]

    assert {answer[:13] for answer in answers} == {b"HTTP/1.1 200 "}


def descriptors(part: SystemPart) -> int:
    """Return how many file descriptors a service has open."""
    return len(list(Path(f"/proc/{part.running.pid}/fd").iterdir()))


@pytest.mark.attack
@pytest.mark.parametrize("service", ["ingest", "gateway"])
async def test_bodies_of_tiny_chunks_leave_the_loop_to_others(system: System, service: str) -> None:
    chunks = CHUNKED % READING[service] + b"1\r\nx\r\n" * 200_000
    async with watching(system.part(service)) as figures:
        connections = [connect(system.part(service)) for _ in range(32)]
        await asyncio.to_thread(send_without_end, connections, chunks, 2)
        for connection in connections:
            connection.close()

    assert figures.faults() == []


@pytest.mark.attack
@pytest.mark.parametrize(
    ("service", "request_line"),
    [("ingest", POST % b"webhook"), ("gateway", POST % b"login"), ("gateway", HANDSHAKE)],
    ids=["ingest", "gateway", "handshake"],
)
async def test_heads_of_many_lines_leave_the_loop_to_others(
    system: System, service: str, request_line: bytes
) -> None:
    part = system.part(service)
    head = request_line + b"a:\r\n" * 15_000 + b"\r\n"
    async with watching(part) as figures:
        await asyncio.to_thread(send_anew, part.port, head, 16, 2)

    assert figures.faults() == []


@pytest.mark.attack
@pytest.mark.parametrize("service", ["ingest", "gateway"])
async def test_heads_that_never_end_are_not_kept_when_their_connections_are_closed(
    system: System, service: str
) -> None:
    part = system.part(service)
    head = TINY[:-2] + b"".join(b"a%d: %b\r\n" % (number, b"x" * 120) for number in range(480))
    await asyncio.to_thread(send_and_leave, part, head, MANY)  # Python keeps some pages of the first time
    async with watching(part) as figures:
        for _ in range(3):
            await asyncio.to_thread(send_and_leave, part, head, MANY)

    assert figures.kept_mib < MOST_KEPT_MIB


@pytest.mark.attack
@pytest.mark.parametrize("service", ["ingest", "gateway"])
async def test_bodies_that_are_not_read_are_not_kept_with_their_connections(
    system: System, service: str
) -> None:
    part = system.part(service)
    post = b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 250000\r\n\r\n" + b"x" * 250_000
    for _ in range(2):  # Python keeps some pages of the first time
        before = part.resident_bytes()
        with ExitStack() as opened:
            for _ in range(300):
                connection = opened.enter_context(connect(part))
                assert (await asyncio.to_thread(ask, connection, post)).startswith(b"HTTP/1.1 404 ")
            kept = (part.resident_bytes() - before) / 2**20

    assert kept < MOST_KEPT_MIB


@pytest.mark.attack
async def test_busy_connections_do_not_shut_new_ones_out(system: System) -> None:
    part = system.part("gateway")
    async with watching(part) as figures:
        with beside(keep_busy, part.port):
            await asyncio.sleep(4)

    assert figures.faults() == []
    assert figures.probes > 10


@pytest.mark.attack
@pytest.mark.parametrize("service", ["ingest", "gateway"])
@pytest.mark.parametrize("request_line", [b"", HALF_HEAD], ids=["bare", "half a head"])
async def test_connections_that_come_at_once_do_not_shut_new_ones_out(
    system: System, service: str, request_line: bytes
) -> None:
    part = system.part(service)
    await storm(part, request_line)  # Python keeps some pages of the first time
    async with watching(part) as figures:
        await storm(part, request_line)

    assert figures.faults() == []


async def storm(part: SystemPart, request_line: bytes) -> None:
    """Open many connections at once and keep them until the service computes no more."""
    before = part.cpu_s()
    with beside(open_at_once, part.port, request_line, STORM):
        await until(lambda: part.cpu_s() > before + 0.05)
        now = part.cpu_s()
        while now > before + 0.03:
            before = now
            await asyncio.sleep(0.5)
            now = part.cpu_s()


@pytest.mark.attack
@pytest.mark.parametrize("service", ["ingest", "gateway"])
async def test_connections_that_are_opened_and_closed_do_not_shut_new_ones_out(
    system: System, service: str
) -> None:
    part = system.part(service)
    before = part.cpu_s()
    async with watching(part) as figures:
        with beside(connect_without_end, part.port):
            await until(lambda: part.cpu_s() > before + 0.5)

    assert figures.faults() == []


@pytest.mark.attack
async def test_ingest_answers_avito_in_time_while_a_thousand_others_send_slowly(system: System) -> None:
    part = system.part("ingest")
    path = urlsplit(system.webhook_url).path.encode()
    webhook = b"POST %b HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}" % path
    took = []
    with beside(send_slowly, part.port):
        async with watching(part) as figures:
            ends = time.monotonic() + 7
            while time.monotonic() < ends:
                with connect(part) as avito, cost_of(partial(computed_s, part.running.pid)) as cost:
                    assert (await asyncio.to_thread(ask, avito, webhook)).startswith(b"HTTP/1.1 200 ")
                took.append(cost.calm_s)

    assert figures.kept_mib < MOST_KEPT_MIB
    assert sorted(took)[int(len(took) * 0.99)] < 0.25  # what it computed before the answer


async def test_answers_that_are_not_read_are_given_up_and_idle_connections_kept_for_proxies(
    system: System, idle: Idle
) -> None:
    answers = await asyncio.wrap_future(idle.answers)

    assert [service for service, connection in idle.unread.items() if is_open(connection)] == []
    assert [service for service, answer in answers.items() if not answer.startswith(b"HTTP/1.1 ")] == []
