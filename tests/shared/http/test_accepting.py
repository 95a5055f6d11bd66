"""In which order connections are opened, how many at once, and what becomes of those that wait."""

import asyncio
import logging
import os
import resource
import socket
from collections import Counter
from collections.abc import Iterator

import pytest
from typing_extensions import override

from shared.http import accepting
from shared.http.accepting import Acceptor
from testbed import until

pytestmark = pytest.mark.anyio

STORM, STRANGER = "127.0.0.2", "127.0.0.3"


class Listening:
    """A socket that listens, its clients, and the addresses whose connections were opened, in order."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.clients: list[socket.socket] = []
        self.opened: list[str] = []

    def acceptor(self, most: int = 1000) -> Acceptor:
        return Acceptor(self.listener, lambda: Opened(self.opened), logging.getLogger("test"), most)

    def connect(self, source: str, count: int = 1) -> None:
        """Open connections, which the kernel accepts."""
        where = self.listener.getsockname()
        self.clients += [socket.create_connection(where, 20, (source, 0)) for _ in range(count)]


class Opened(asyncio.Protocol):
    def __init__(self, opened: list[str]) -> None:
        self._opened = opened

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._opened.append(transport.get_extra_info("peername")[0])
        transport.close()


@pytest.fixture
def listening() -> Iterator[Listening]:
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listener:
        one = Listening(listener)
        yield one
    for client in one.clients:
        client.close()


@pytest.fixture
def in_one_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take all connections in one turn, also on a busy machine."""
    monkeypatch.setattr(accepting, "_SLICE_S", 60.0)


@pytest.mark.usefixtures("in_one_turn")
async def test_a_storm_of_one_address_holds_up_no_other(listening: Listening) -> None:
    listening.connect(STORM, 300)
    listening.connect(STRANGER)
    acceptor = listening.acceptor()
    acceptor.take_pending()
    await acceptor.finish(keep_backlog=False)

    assert len(listening.opened) == 301
    assert listening.opened.index(STRANGER) == 1


@pytest.mark.usefixtures("in_one_turn")
async def test_few_connections_are_opened_in_one_turn_of_the_loop(listening: Listening) -> None:
    listening.connect(STORM, 100)
    listening.acceptor().take_pending()
    most = 0
    while len(listening.opened) < 100:
        before = len(listening.opened)
        await asyncio.sleep(0)
        most = max(most, len(listening.opened) - before)

    assert most == 8


@pytest.mark.usefixtures("in_one_turn")
async def test_of_too_many_the_newest_of_the_address_with_most_are_closed(listening: Listening) -> None:
    listening.connect(STRANGER, 3)
    listening.connect(STORM, 50)
    listening.connect(STRANGER)
    acceptor = listening.acceptor(most=10)
    acceptor.take_pending()
    await acceptor.finish(keep_backlog=False)

    assert Counter(listening.opened) == {STORM: 6, STRANGER: 4}
    assert await asyncio.to_thread(listening.clients[-2].recv, 1) == b""


async def test_connections_wait_while_no_more_files_can_be_opened(listening: Listening) -> None:
    listening.connect(STRANGER, 2)
    acceptor = listening.acceptor()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
    try:
        acceptor.take_pending()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert listening.opened == []

    acceptor.take_pending()
    await until(lambda: len(listening.opened) == 2)


async def test_at_the_end_every_connection_that_the_kernel_has_accepted_is_opened(
    listening: Listening,
) -> None:
    listening.connect(STRANGER, 100)
    await listening.acceptor(most=10).finish(keep_backlog=False)

    assert len(listening.opened) == 100


async def test_at_the_end_connections_are_left_to_another_process_that_has_the_socket(
    listening: Listening,
) -> None:
    with listening.listener.dup() as theirs:
        listening.connect(STRANGER)
        await listening.acceptor().finish(keep_backlog=True)
        theirs.accept()[0].close()

    assert listening.opened == []
