"""The watcher of services under attack sees what an attack does."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from testbed import SystemPart
from tests.support.door_watch import watching

pytestmark = pytest.mark.anyio

SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from tests.support.yardstick import do_piece

kept = []

class Door(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/compute":
            for _ in range(400):
                do_piece()
        if self.path == "/keep":
            kept.append(bytearray(b"x" * (64 << 20)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

HTTPServer(("127.0.0.1", int(sys.argv[1])), Door).serve_forever()
"""


@pytest.fixture
def door(tmp_path: Path) -> Iterator[SystemPart]:
    door = SystemPart("door", tmp_path / "door.log")
    door.command = (sys.executable, "-c", SERVER, str(door.port))
    door.launch({})
    yield door
    door.close()


async def test_it_sees_a_service_that_computes_for_one_client(door: SystemPart) -> None:
    await door.ready()
    async with (
        httpx2.AsyncClient(trust_env=False, base_url=door.url, timeout=60) as http,
        watching(door) as figures,
    ):
        for _ in range(3):  # a busy machine may hold the watcher up between two probes
            await http.get("/compute")

    assert figures.silent_s >= figures.busy_s > 0.2
    assert ["computed" in fault for fault in figures.faults()] == [True]


async def test_it_sees_a_service_that_keeps_memory(door: SystemPart) -> None:
    await door.ready()
    async with (
        httpx2.AsyncClient(trust_env=False, base_url=door.url, timeout=60) as http,
        watching(door) as figures,
    ):
        await http.get("/keep")

    assert figures.kept_mib > 60
    assert any("keeps" in fault for fault in figures.faults())


async def test_it_has_nothing_to_say_of_a_service_at_rest(door: SystemPart) -> None:
    await door.ready()
    async with watching(door) as figures:
        pass

    assert figures.faults() == []
