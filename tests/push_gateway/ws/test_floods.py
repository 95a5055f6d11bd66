"""Floods of frames: the gateway goes on answering others, and keeps no memory of them."""

import asyncio
import time
from contextlib import ExitStack
from socket import SHUT_WR

import orjson
import pytest

from push_gateway.ws import handshake_limiter
from shared.redis import keys
from shared.redis.journal import Publication, write
from shared.redis.journal_reader import head
from testbed import System, until
from tests.fuzz.frames import frame
from tests.push_gateway.panel import Panel
from tests.push_gateway.shared_by_module import module_panel, module_system
from tests.push_gateway.ws.raw_sockets import connect, flood, handshake, many_opened, opened, read_until
from tests.support.door_watch import watching

pytestmark = pytest.mark.anyio
FOR_S = 1.0
STORM = handshake_limiter.BURST + 450
PING = frame(9, b"p" * 125)
TINY_PING = frame(9, b"")
BEGIN = frame(1, b"", fin=False)
BAD = frame(1, b"x")
CANARY_BYTES = 300_000
CLOSED_4429 = (4429).to_bytes(2, "big") + b"too many frames"
TOO_MANY_HANDSHAKES = (4429).to_bytes(2, "big") + b"too many handshakes"
system = module_system("gateway")
panel = module_panel()


@pytest.mark.attack
@pytest.mark.parametrize(
    ("sockets", "frames"),
    [
        pytest.param(1, PING * 100_000, id="pings"),
        pytest.param(60, TINY_PING * 100_000, id="pings of 60"),
        pytest.param(60, BEGIN + frame(0, b"", fin=False) * 100_000, id="empty fragments of 60"),
        pytest.param(60, BEGIN + frame(0, b"x", fin=False) * 50_000 + BAD * 50_000, id="tiny ones of 60"),
    ],
)
async def test_an_operator_who_floods_and_reads_nothing_stops_no_other(
    system: System, panel: Panel, sockets: int, frames: bytes
) -> None:
    session = panel.http.cookies["avito_session"]
    async with watching(system.part("gateway")) as figures:
        with many_opened(panel.base, sockets, session) as connections:
            await asyncio.to_thread(flood, connections, frames, FOR_S)

    assert figures.faults() == []


@pytest.mark.attack
@pytest.mark.parametrize("frames", [PING * 400_000, TINY_PING * 800_000], ids=["pings", "tiny pings"])
async def test_a_stranger_who_floods_after_the_refusal_stops_no_other(
    system: System, panel: Panel, frames: bytes
) -> None:
    async with watching(system.part("gateway")) as figures:
        with many_opened(panel.base, 10) as connections:
            await asyncio.to_thread(flood, connections, frames, FOR_S)

    assert figures.faults() == []


@pytest.mark.attack
async def test_an_address_that_opens_too_many_sockets_in_a_row_is_turned_away_and_no_other(
    system: System, panel: Panel
) -> None:
    request = handshake(panel.base)
    with ExitStack() as storm:
        connections = [storm.enter_context(connect(panel.base, "127.0.0.3")) for _ in range(STORM)]
        async with watching(system.part("gateway")) as figures:
            for connection in connections:
                connection.sendall(request)
            answers = [await asyncio.to_thread(read_until, one, b"\r\n\r\n") for one in connections[-20:]]
            async with panel.socket() as socket:
                assert (await socket.read())["type"] == "hello"

    assert any(TOO_MANY_HANDSHAKES in answer for answer in answers)
    assert figures.faults() == []


async def test_a_client_that_ends_its_side_and_leaves_much_unread_is_cut(
    system: System, panel: Panel
) -> None:
    async def counted(count: int) -> bool:
        sessions = (await panel.get("api/owner/sessions"))["sessions"]
        return bool(sum(one["sockets"] for one in sessions) == count)

    with opened(panel.base, panel.http.cookies["avito_session"]) as socket:
        await until(lambda: counted(1))
        await fan_out(system, 4 * CANARY_BYTES)
        socket.shutdown(SHUT_WR)

        await until(lambda: counted(0))


async def test_a_client_that_leaves_much_unread_is_not_heard_until_it_has_read_it(
    system: System, panel: Panel
) -> None:
    with opened(panel.base, panel.http.cookies["avito_session"]) as socket:
        await fan_out(system, 4 * CANARY_BYTES)

        sent = await asyncio.to_thread(flood, [socket], TINY_PING * 3_000_000, FOR_S)
        seen = await asyncio.to_thread(read_until, socket, CLOSED_4429)

    assert sent < 8 * 2**20
    assert seen.count(b'"canary"') >= 4
    assert CLOSED_4429 in seen


async def fan_out(system: System, size: int) -> None:
    """Send so much to every browser."""
    async with system.redis as redis:
        now = await head(redis)
        told = {"type": "canary", "seq": now.seq, "at": time.time(), "more": "x" * CANARY_BYTES}
        publication = write(Publication(now.epoch, None, None, orjson.dumps(told)))
        for _ in range(size // CANARY_BYTES):
            await redis.publish(keys.EVENTS, publication)
