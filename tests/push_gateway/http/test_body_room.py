"""Bodies in hand: a caller's and everyone's have a bound, and give their room back."""

import asyncio
from collections import Counter

import pytest
from starlette.requests import Request

from push_gateway.http.body_room import BodyRoom, take_room
from push_gateway.http.errors import ApiError
from shared.http.room import Room
from testbed import System
from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.shared_by_module import module_panel, module_system
from tests.support import bare_http
from tests.support.door_watch import watching

pytestmark = pytest.mark.anyio
system = module_system("gateway", messages=("b1",))
panel = module_panel()
MIB = 1024**2
PEAK_MIB = 96
UPLOADS = 30
PREVIEW = "api/quick-replies/import/preview"
CSV = ("folder;name;text\n" + "a;\U0001f642b;" + "x" * 5 * MIB)[: 5 * MIB - 100].encode()
JSON_AT_ONCE = 200
EMPTY_OBJECTS = b'{"text":"x","ref":"r","more":[' + b'{"":0},' * 9_000 + b"0]}"


def request() -> Request:
    return Request({"type": "http"})


def refused(one: Request, size: int) -> bool:
    try:
        take_room(one, size)
    except ApiError as error:
        return error.status == 429
    return False


def test_a_caller_has_room_of_its_own_until_its_requests_end() -> None:
    room, first, second, other = BodyRoom(Room(of_one=10, of_all=15)), request(), request(), request()
    with room.holding(second, "olga"), room.holding(other, "anna"):
        with room.holding(first, "olga"):
            assert [refused(first, size) for size in (6, 4, 1)] == [False, False, True]
            assert refused(second, 1)
            assert [refused(other, size) for size in (5, 1)] == [False, True]

        assert not refused(second, 10)


async def hold(panel: Panel, path: str, kind: str, body: bytes) -> tuple[bytes, asyncio.StreamWriter]:
    """Send a body but for its last byte; returns the answer, b'' when none came for a second."""
    url = f"{panel.base}{PATH}{path}"
    headers = {"Origin": panel.base, "Cookie": panel.cookie, "Content-Type": kind}
    raw = bare_http.request("POST", url, headers, body)
    host, port = panel.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(raw[:-1])
    try:
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n")
    except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
        head = b""
    return head, writer


@pytest.mark.attack
async def test_files_that_one_operator_sends_at_once_take_bounded_memory(
    panel: Panel, system: System
) -> None:
    async with watching(system.part("gateway")) as figures:
        held = await asyncio.gather(*(hold(panel, PREVIEW, "text/csv", CSV) for _ in range(UPLOADS)))
        for _, writer in held:
            writer.transport.abort()

    heads = [head for head, _ in held]
    assert heads.count(b"") <= 3
    assert figures.peak_mib < PEAK_MIB
    assert figures.faults() == []
    answer = await panel.http.post(f"{PATH}{PREVIEW}", content=CSV)
    assert answer.status_code == 200


@pytest.mark.attack
async def test_json_that_one_operator_sends_at_once_takes_bounded_memory(
    panel: Panel, system: System
) -> None:
    url = f"{panel.base}{PATH}api/chats/chat-1/messages"
    headers = {"Origin": panel.base, "Cookie": panel.cookie}
    raw = bare_http.request("POST", url, headers, EMPTY_OBJECTS)
    host, port = panel.base.removeprefix("http://").split(":")

    async def begin() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(raw[:-1])
        return reader, writer

    async with watching(system.part("gateway")) as figures:
        begun = await asyncio.gather(*(begin() for _ in range(JSON_AT_ONCE)))
        await asyncio.sleep(1)
        for _, writer in begun:
            writer.write(raw[-1:])
        answers = Counter([int((await reader.readuntil(b"\r\n"))[9:12]) for reader, _ in begun])
        for _, writer in begun:
            writer.transport.abort()

    assert set(answers) <= {202, 429}
    assert figures.peak_mib < PEAK_MIB
    assert figures.faults() == []
