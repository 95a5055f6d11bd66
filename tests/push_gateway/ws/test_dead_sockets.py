"""An office behind one address whose network fails: its dead sockets keep no panel out that comes back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import pytest
from websockets.exceptions import ConnectionClosed

from push_gateway.ws.socket_limiter import PER_ADDRESS, PER_SESSION
from testbed import System, until
from tests.fuzz.frames import frame
from tests.push_gateway.panel import Panel, Socket
from tests.push_gateway.processes import running
from tests.push_gateway.ws.raw_sockets import connect, handshake, read_until

pytestmark = pytest.mark.anyio
DEAD_SOON = """
from push_gateway.ws import socket_limiter

socket_limiter.DEAD_AFTER = 2.0
"""
"""Makes a socket count as dead after a shorter silence."""
LIVE = 5
PING_EVERY_S = 0.2
CLOSED_1002 = (1002).to_bytes(2, "big")


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    folder = tmp_path_factory.mktemp("system")
    (folder / "sitecustomize.py").write_text(DEAD_SOON)
    environ = {"PYTHONPATH": str(folder), "TRUSTED_PROXIES": "127.0.0.1"}
    async with running(folder, "gateway", environ=environ) as started:
        yield started


@pytest.fixture
def office() -> str:
    """An address with no sockets of other tests."""
    return f"198.51.100.{next(_numbers)}"


_numbers = iter(range(1, 255))


@dataclass(frozen=True, slots=True)
class Cut:
    """Sockets from an office whose clients never send anything, nor end their connections."""

    office: str
    closing: ExitStack

    def open(self, panel: Panel, count: int) -> list[socket]:
        """Open more of them in the session of a panel."""
        proxy, session = f"X-Forwarded-For: {self.office}", panel.http.cookies["avito_session"]
        opened = [self.closing.enter_context(connect(panel.base, "127.0.0.1")) for _ in range(count)]
        for one in opened:
            one.sendall(handshake(panel.base, proxy, session=session))
        for one in opened:
            assert b'"hello"' in read_until(one, b'"hello"')
        return opened


@pytest.fixture
def cut(office: str) -> Iterator[Cut]:
    with ExitStack() as closing:
        yield Cut(office, closing)


async def come(panel: Panel, office: str, stack: AsyncExitStack) -> Socket | int:
    """Open a socket from the office; returns it, or the code that it was closed with."""
    headers = {"Cookie": panel.cookie, "X-Forwarded-For": office}
    came = await stack.enter_async_context(panel.socket(additional_headers=headers, ping_interval=None))
    try:
        assert (await came.read())["type"] == "hello"
    except ConnectionClosed:
        return await came.close_code() or 0
    return came


async def keep_pinging(sockets: list[Socket]) -> None:
    while True:
        for one in [*sockets]:
            await one.say(type="ping")
        await asyncio.sleep(PING_EVERY_S)


async def test_a_full_office_that_comes_back_takes_the_places_of_its_dead_sockets_and_of_no_live_one(
    panel: Panel, office: str, cut: Cut
) -> None:
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(Panel.at(panel.base)) for _ in range(2)]
        for other in others:
            await other.log_in()
        live = [came for _ in range(LIVE) if isinstance(came := await come(panel, office, stack), Socket)]
        pings = asyncio.create_task(keep_pinging(live))
        stack.callback(pings.cancel)
        counts = (PER_SESSION - LIVE, PER_SESSION, PER_ADDRESS - 2 * PER_SESSION)
        for one, count in zip((panel, *others), counts, strict=True):
            await asyncio.to_thread(cut.open, one, count)

        async def comes_back() -> bool:
            came = await come(panel, office, stack)
            if isinstance(came, Socket):
                live.append(came)
            return isinstance(came, Socket)

        while len(live) < PER_SESSION:
            await until(comes_back)
        assert await come(panel, office, stack) == 4429
        assert not pings.done()
        for alive in live:
            await alive.say(type="ping")
            await alive.read_type("pong")


async def test_a_socket_that_was_closed_and_whose_client_never_answers_gives_its_place_at_once(
    system: System, panel: Panel, office: str, cut: Cut
) -> None:
    def descriptors() -> int:
        return len([*Path(f"/proc/{system.part('gateway').running.pid}/fd").iterdir()])

    closed = await asyncio.to_thread(cut.open, panel, PER_SESSION)
    for one in closed:
        one.sendall(frame(3, b""))
    for one in closed:
        assert CLOSED_1002 in await asyncio.to_thread(read_until, one, CLOSED_1002)
    before = descriptors()

    async with AsyncExitStack() as stack:
        came = [await come(panel, office, stack) for _ in range(20)]

        assert all(isinstance(one, Socket) for one in came)
        assert descriptors() < before + len(came)
