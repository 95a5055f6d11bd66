"""Watches a service under attack from a process of its own: its longest silence, and its memory.

A silence is how long one `GET /livez` takes on a new connection. `busy_s` is how long in one of them the main
thread of the service was computing, in CPU seconds of a calm machine: other load here does not lengthen it.
"""

import asyncio
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from testbed import SystemPart
from tests.support.yardstick import slowness

MOST_SILENT_S = 0.2
MOST_KEPT_MIB = 32.0
GIVEN_BACK_WITHIN_S = 30.0
_EVERY_S = 0.01
_MATTERS_S = 0.02
_GIVES_UP_AFTER_S = 60.0


@dataclass(slots=True)
class DoorFigures:
    """What was seen of a service during an attack. Memory is resident, in MiB beyond that before."""

    silent_s: float = 0.0
    busy_s: float = 0.0
    peak_mib: float = 0.0
    kept_mib: float = 0.0
    probes: int = 0

    def faults(self) -> list[str]:
        """Return what must not be: a silence in which it computed, or memory that it keeps."""
        faults = []
        if self.busy_s > MOST_SILENT_S:
            faults.append(f"it computed for {self.busy_s:.2f} s without an answer to others")
        if self.kept_mib > MOST_KEPT_MIB:
            faults.append(f"it keeps {self.kept_mib:.0f} MiB")
        return faults


@asynccontextmanager
async def watching(part: SystemPart) -> AsyncIterator[DoorFigures]:
    """Watch a service during the block, and then its memory until it is given back, half a minute at most."""
    figures = DoorFigures()
    before = part.resident_bytes()
    command = (sys.executable, "-m", "tests.support.door_watch", part.url, str(part.running.pid))
    watcher = await asyncio.to_thread(_start, command)
    try:
        yield figures
    finally:
        seen, _ = await asyncio.to_thread(watcher.communicate)  # closes its standard input, which ends it
        told = json.loads(seen)
        figures.silent_s, figures.busy_s, figures.probes = told["silent_s"], told["busy_s"], told["probes"]
        figures.peak_mib = (told["peak"] - before) / 2**20
    figures.kept_mib = await _kept_mib(part, before)
    _record(part.name, figures)


def _record(service: str, figures: DoorFigures) -> None:
    """Append the figures to the file that `make fuzz` names, with the name of the test."""
    if path := os.environ.get("DOOR_FIGURES"):
        line = {"test": os.environ["PYTEST_CURRENT_TEST"], "service": service, **asdict(figures)}
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    watcher = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert watcher.stdout is not None
    watcher.stdout.readline()  # it probes from here on
    return watcher


async def _kept_mib(part: SystemPart, before: int) -> float:
    deadline = time.monotonic() + GIVEN_BACK_WITHIN_S
    while True:
        kept = (part.resident_bytes() - before) / 2**20
        if kept <= MOST_KEPT_MIB or time.monotonic() > deadline:
            return kept
        await asyncio.sleep(0.1)


def _probe(host: str) -> None:
    """Ask until there is an answer: a probe that is cut or refused is part of the silence."""
    deadline = time.monotonic() + _GIVES_UP_AFTER_S
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(host, timeout=_GIVES_UP_AFTER_S)
        try:
            connection.request("GET", "/livez")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(_EVERY_S)
        else:
            return
        finally:
            connection.close()


def computed_s(pid: int) -> float:
    """Return the CPU seconds that the main thread of a process has used."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main(url: str, pid: int) -> None:
    """Probe until standard input ends, and print what was seen."""
    over = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    host = urlsplit(url).netloc
    silent = busy = 0.0
    slow = slowness()
    peak = probes = 0
    _probe(host)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not over.is_set():
        began, computed = time.monotonic(), computed_s(pid)
        _probe(host)
        silence = time.monotonic() - began
        silent = max(silent, silence)
        spent = min(silence, computed_s(pid) - computed)
        if spent > _MATTERS_S:
            before, slow = slow, slowness()
            busy = max(busy, spent / max(before, slow))
        peak, probes = max(peak, _resident(pid)), probes + 1
        over.wait(_EVERY_S)
    sys.stdout.write(json.dumps({"silent_s": silent, "busy_s": busy, "peak": peak, "probes": probes}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
