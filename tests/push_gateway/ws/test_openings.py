"""Opening sockets: the handshake is answered after authentication; a failed one is not counted."""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed

from shared.redis import keys
from testbed import USERNAME, System, running_system, until
from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.shared_by_module import module_panel, module_system
from tests.push_gateway.ws.raw_sockets import connect, handshake

pytestmark = pytest.mark.anyio
STORM = 100
"""Three times as many as are let in at once."""
MORE_THAN_FIT = 250
"""More than one session may hold."""
FROM_OUTSIDE = "203.0.113.7"
REFUSED = 40
CLOSED_4401 = 'avito_live_gateway_closes_total{code="4401"}'
CLOSED_1012 = b"\x88\x0c\x03\xf4restarting"
STRANGER = "an-unknown-session"
system = module_system("gateway", TRUSTED_PROXIES="127.0.0.1")
panel = module_panel()


@asynccontextmanager
async def asked(
    base: str, session: str, *more: str, version: int = 13
) -> AsyncIterator[asyncio.StreamReader]:
    """Ask for a socket by hand; gives where the answer will come."""
    url = httpx2.URL(base)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    lines = [f"GET {PATH}ws HTTP/1.1", f"Host: {url.host}:{url.port}", "Upgrade: websocket"]
    lines += ["Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    lines += [f"Sec-WebSocket-Version: {version}", f"Cookie: avito_session={session}", *more]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        yield reader
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_a_socket_whose_session_cannot_be_read_is_told_to_come_back(
    system: System, panel: Panel
) -> None:
    async with Panel.at(system.url("gateway")) as other, system.redis as redis:
        known = await redis.execute_command("SMEMBERS", keys.sessions_of(USERNAME))
        await other.log_in()
        (new,) = await redis.execute_command("SMEMBERS", keys.sessions_of(USERNAME)) - known
        await redis.delete(keys.session(new.decode()))
        await redis.set(keys.session(new.decode()), "of another type")
        async with asyncio.timeout(20), other.socket() as socket:
            assert await socket.close_code() == 1013


async def test_refused_sockets_are_all_counted_but_not_all_logged(system: System, panel: Panel) -> None:
    async def refused() -> float:
        lines = (await panel.http.get("/metrics")).text.splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith(CLOSED_4401))

    before = await refused()
    for _ in range(REFUSED):
        async with panel.socket(additional_headers={"Cookie": f"avito_session={STRANGER}"}) as socket:
            assert await socket.close_code() == 4401

    assert await refused() - before == REFUSED
    assert 0 < system.part("gateway").log.read_text().count("push_gateway.ws.refused") < REFUSED


async def test_a_failed_handshake_is_not_counted_as_a_connection(panel: Panel) -> None:
    session, proxy = panel.http.cookies["avito_session"], f"X-Forwarded-For: {FROM_OUTSIDE}"
    for _ in range(MORE_THAN_FIT):
        async with asked(panel.base, session, proxy, version=12) as answer:
            assert (await answer.read()).startswith(b"HTTP/1.1 426 ")
        async with asked(panel.base, session, proxy):
            pass

    headers = {"Cookie": f"avito_session={session}", "X-Forwarded-For": FROM_OUTSIDE}
    async with panel.socket(additional_headers=headers) as socket:
        assert (await socket.read())["type"] == "hello"


async def test_a_storm_while_redis_is_frozen_gets_1013_and_is_admitted_afterwards(
    system: System, panel: Panel
) -> None:
    async def comes(session: str) -> int | str | None:
        headers = {"Cookie": f"avito_session={session}"}
        async with panel.socket(open_timeout=60, additional_headers=headers) as socket:
            try:
                return str((await socket.read())["type"])
            except ConnectionClosed:
                return await socket.close_code()

    system.signal("redis", signal.SIGSTOP)
    try:
        sent_away = await asyncio.gather(*(comes(STRANGER) for _ in range(STORM)))
    finally:
        system.signal("redis", signal.SIGCONT)
    await system.part("gateway").ready()
    let_in = await asyncio.gather(*(comes(panel.http.cookies["avito_session"]) for _ in range(STORM)))

    assert (set(sent_away), set(let_in)) == ({1013}, {"hello"})


async def test_a_socket_that_is_being_authenticated_is_told_of_a_restart(system: System) -> None:
    await system.start("gateway-2")
    base = system.url("gateway-2")
    system.signal("redis", signal.SIGSTOP)
    try:
        async with asked(base, STRANGER) as first, asked(base, STRANGER) as second:
            async with Panel.at(base) as panel:
                assert (await panel.http.get("/livez")).status_code == 200  # it has read the two as well
            system.signal("gateway-2", signal.SIGTERM)
            answers = await asyncio.gather(first.read(), second.read())
    finally:
        system.signal("redis", signal.SIGCONT)

    for answer in answers:
        head, _, frames = answer.partition(b"\r\n\r\n")
        assert (head[:12], frames) == (b"HTTP/1.1 101", CLOSED_1012)


async def test_a_websocket_that_comes_during_the_end_is_refused_at_once(tmp_path: Path) -> None:
    async with running_system(tmp_path, "gateway", simulator=False) as system:
        base = system.url("gateway")
        with connect(base, "127.0.0.1") as late:
            system.signal("gateway", signal.SIGTERM)
            await until(lambda: is_closed(base), every=0.005)
            late.sendall(handshake(base))
            answer = await asyncio.to_thread(late.recv, 65_536)
            began = time.monotonic()
            await asyncio.to_thread(system.part("gateway").wait)

    assert answer[:12] in (b"HTTP/1.1 503", b"")  # closed: the test was late
    assert time.monotonic() - began < 5  # less than it would wait for an open socket


def is_closed(base: str) -> bool:
    with suppress(ConnectionRefusedError):
        socket.create_connection((httpx2.URL(base).host, httpx2.URL(base).port or 0)).close()
        return False
    return True
