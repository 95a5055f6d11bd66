"""The supervisor with real but small processes in place of the services."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from avito_live.runner import supervisor
from avito_live.runner.errors import RunError
from avito_live.runner.folders import Folders
from avito_live.runner.parts import Part
from avito_live.runner.supervisor import Supervisor
from avito_live.runner.terminal import Terminal
from shared.settings import SettingsError
from testbed import free_port, until

pytestmark = pytest.mark.anyio

SERVES = """
import http.server, os, pathlib, signal, sys
name, port, diary = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
def write(word):
    with diary.open("a") as file:
        file.write(f"{name} {word} {os.getpid()}\\n")
def end(*_):
    write("ended")
    os._exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if len(sys.argv) > 4 else end)
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", port), Ready)
write("started")
server.serve_forever()
"""


class Stage:
    """A supervisor, and the file in which its parts write."""

    def __init__(self, home: Path, supervisor: Supervisor, terminal: "Heard") -> None:
        self.home = home
        self.supervisor = supervisor
        self.terminal = terminal
        self.diary = home / "diary"

    def serving(self, name: str, *options: str) -> Part:
        """Return a part that gets ready, and writes when it starts and ends."""
        port = free_port()
        command = (sys.executable, "-c", SERVES, name, str(port), str(self.diary), *options)
        return Part(name, command, dict(os.environ), f"http://127.0.0.1:{port}/")

    def entries(self, word: str) -> list[tuple[str, int]]:
        """Return which part wrote this word, with its process."""
        lines = self.diary.read_text().splitlines() if self.diary.exists() else []
        rows = [line.split() for line in lines]
        return [(name, int(process)) for name, what, process in rows if what == word]


class Heard(Terminal):
    """A terminal that remembers what the run said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        super().__init__()

    def say(self, text: str) -> None:
        self.said.append(text)

    def log(self, part: str, line: str) -> None:
        """Log lines have their own test."""


@pytest.fixture
async def stage(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Stage]:
    terminal = Heard()
    supervisor = Supervisor(Folders(tmp_path), terminal)
    yield Stage(tmp_path, supervisor, terminal)
    supervisor.kill()
    await supervisor.end()
    terminal.close()


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_parts_end_gateway_first_and_redis_last(stage: Stage) -> None:
    names = ("redis", "ingest", "simulator", "worker", "gateway")
    for name in names:
        stage.supervisor.start(stage.serving(name))
    await stage.supervisor.ready(*names)

    await stage.supervisor.end()

    assert [name for name, _ in stage.entries("ended")] == [
        "gateway",
        "worker",
        "simulator",
        "ingest",
        "redis",
    ]


async def test_a_part_that_dies_is_started_again_and_it_is_said(stage: Stage) -> None:
    stage.supervisor.start(stage.serving("worker"))
    await stage.supervisor.ready("worker")
    ((_, first),) = stage.entries("started")

    os.kill(first, signal.SIGKILL)

    await until(lambda: len(stage.entries("started")) == 2)
    assert stage.terminal.said == [
        "worker    ready",
        "worker was ended by SIGKILL, starting it again in 0.5 s (log: var/log/worker.log)",
    ]


async def test_a_part_that_takes_long_is_said_to_do_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_SAID_EVERY_S", 0.01)
    stage.supervisor.start(stage.serving("worker"))

    await stage.supervisor.ready("worker")

    *waiting, ready = stage.terminal.said
    assert waiting
    assert all(line.startswith("worker    not ready yet: no answer at http://127.0.0.1:") for line in waiting)
    assert ready == "worker    ready"


@pytest.mark.parametrize("words", ["port={}", '"port": {}'])
async def test_a_worker_whose_port_was_taken_meanwhile_is_asked_at_the_one_it_took(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr(supervisor, "_SAID_EVERY_S", 0.05)
    monkeypatch.setattr(supervisor, "_READY_WITHIN_S", 30.0)
    serving = stage.serving("worker")
    said = f"worker.health.listening {words.format(urlsplit(serving.ready_url).port)}"
    command = (sys.executable, "-c", f"print({said!r}, flush=True)\n{SERVES}", *serving.command[3:])
    stage.supervisor.start(replace(serving, command=command, ready_url=f"http://127.0.0.1:{free_port()}/"))

    await stage.supervisor.ready("worker")

    assert stage.terminal.said[-1] == "worker    ready"


async def test_a_part_that_dies_before_it_was_ready_is_given_up_with_its_last_words(stage: Stage) -> None:
    program = "import sys; print('all is well'); sys.exit('no such table')"
    stage.supervisor.start(Part("worker", (sys.executable, "-c", program), dict(os.environ)))

    with pytest.raises(RunError) as caught:
        await asyncio.wait_for(stage.supervisor.failed, 30)

    assert str(caught.value) == (
        "worker ended with code 1 before it was ready; it said: no such table "
        "(the whole log: var/log/worker.log)"
    )
    assert caught.value.code == 1
    assert (stage.home / "var/log/worker.log").read_text() == "all is well\nno such table\n"


async def test_settings_a_part_refuses_are_all_told(stage: Stage) -> None:
    program = "import sys; print('settings: A is missing\\nsettings: B is not a number'); sys.exit(2)"
    stage.supervisor.start(Part("worker", (sys.executable, "-c", program), dict(os.environ)))

    with pytest.raises(SettingsError) as caught:
        await asyncio.wait_for(stage.supervisor.failed, 30)

    assert caught.value.problems == ["A is missing", "B is not a number"]


async def test_a_program_that_is_not_there_is_a_part_that_dies(stage: Stage) -> None:
    stage.supervisor.start(Part("redis", ("/no/such/program",), dict(os.environ)))

    with pytest.raises(RunError, match="No such file"):
        await asyncio.wait_for(stage.supervisor.failed, 30)


async def test_a_part_that_cannot_be_started_at_all_is_given_up(stage: Stage) -> None:
    stage.supervisor.start(Part("worker", ("true",), dict(os.environ), keeps_open=(10_000,)))

    with pytest.raises(OSError, match="Bad file descriptor"):
        await asyncio.wait_for(stage.supervisor.failed, 30)


async def test_a_part_that_will_not_end_is_killed_at_the_second_ctrl_c(stage: Stage) -> None:
    stage.supervisor.start(stage.serving("worker", "deaf"))
    await stage.supervisor.ready("worker")
    ((_, process),) = stage.entries("started")
    ending = asyncio.create_task(stage.supervisor.end())
    await asyncio.sleep(0)
    assert alive(process)

    stage.supervisor.kill()

    await asyncio.wait_for(ending, 30)
    assert not alive(process)


async def test_a_flood_of_log_lines_stays_within_bounds_on_disk(stage: Stage) -> None:
    program = "import sys\nfor n in range(160_000): print(f'{n:0100}')\nsys.exit(1)"
    stage.supervisor.start(Part("worker", (sys.executable, "-c", program), dict(os.environ)))

    with pytest.raises(RunError, match="0159999"):
        await asyncio.wait_for(stage.supervisor.failed, 60)

    logs = sorted(path.name for path in (stage.home / "var/log").iterdir())
    assert logs == ["worker.log", "worker.log.1", "worker.log.2"]
    assert all(path.stat().st_size <= 5_000_000 for path in (stage.home / "var/log").iterdir())


async def test_an_endless_line_is_left_out_of_the_log(stage: Stage) -> None:
    program = "print('before'); print('x' * 1_000_000); print('after'); exit(1)"
    stage.supervisor.start(Part("worker", (sys.executable, "-c", program), dict(os.environ)))

    with pytest.raises(RunError, match="after"):
        await asyncio.wait_for(stage.supervisor.failed, 30)

    assert (stage.home / "var/log/worker.log").stat().st_size < 200_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_no_part_outlives_a_killed_starter(tmp_path: Path) -> None:
    inside, outside = socket.socketpair()
    starter = (
        "import os, pathlib, subprocess, sys; from avito_live.runner import tied;"
        "subprocess.Popen([sys.executable, tied.__file__, str(os.getpid()), 'sleep', '600'],"
        f" pass_fds=({inside.fileno()},), start_new_session=True); print('up', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", starter],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=(inside.fileno(),),
    )
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.readline()
    inside.close()

    process.kill()

    outside.settimeout(30)
    assert outside.recv(1) == b""  # the last holder of the other end is gone
    outside.close()
    process.wait()
    process.stdout.close()
    process.stdin.close()
