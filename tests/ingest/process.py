"""A real `python -m ingest`, started and stopped like any other process."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import redis

from shared.redis import keys
from shared.wires import inbox
from testbed import free_port

SECRET = "an-unguessable-last-part"
PREVIOUS = "the-last-part-of-yesterday"
PATH = "/admin/avito/webhook"
PROVEN = f"{PATH}/{SECRET}"

Found = TypeVar("Found")


def eventually(look: Callable[[], Found], deadline: float = 20.0) -> Found:
    """Return what `look` finds as soon as it is true; fails when that does not happen in time."""
    ends = time.monotonic() + deadline
    while not (found := look()):
        assert time.monotonic() < ends, "did not happen in time"
        time.sleep(0.02)
    return found


async def until(look: Callable[[], object], deadline: float = 20.0) -> None:
    """Wait until `look` finds something, while the loop goes on."""
    async with asyncio.timeout(deadline):
        while not look():  # noqa: ASYNC110  # what is looked at belongs to others, who set no event
            await asyncio.sleep(0.01)


@dataclass(slots=True)
class Ingest:
    """One ingest process and a client that talks to it."""

    process: subprocess.Popen[bytes]
    client: httpx.Client
    port: int
    log: Path

    def post(self, body: bytes | str, path: str = PROVEN, **headers: str) -> int:
        """Post a webhook, return the status."""
        return self.client.post(path, content=body, headers=headers).status_code

    def ready(self) -> dict[str, Any]:
        """Return what /readyz says."""
        return dict(self.client.get("/readyz").json())

    def status(self) -> dict[str, Any]:
        """Return the status."""
        return dict(self.client.get(f"{PATH}/status").json())

    def metric(self, name: str, labels: str = "") -> float:
        """Return the value of a metric of ours."""
        wanted = f"avito_live_ingest_{name}{labels} "
        lines = self.client.get("/metrics").text.splitlines()
        return float(next(line for line in lines if line.startswith(wanted)).removeprefix(wanted))

    def logged(self) -> str:
        """Return everything logged so far."""
        return self.log.read_text()

    def stop(self) -> int:
        """End it by SIGTERM, return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait(10)


def kept(store: redis.Redis, stream: str = keys.INBOX) -> list[inbox.Webhook]:
    """Return the webhooks in a stream, oldest first."""
    entries = store.execute_command("XRANGE", stream, "-", "+")
    return [inbox.read(fields) for _, fields in entries if not inbox.is_canary(fields)]


def environment(redis_url: str, spool: Path, port: int, **more: str) -> dict[str, str]:
    """Return the environment of an ingest; of ours only what it needs to find Python."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "WEBHOOK_SECRET": SECRET,
        "WEBHOOK_SECRET_PREVIOUS": PREVIOUS,
        "REDIS_URL": redis_url,
        "INGEST_PORT": str(port),
        "SPOOL_DIR": str(spool),
        **more,
    }


@contextmanager
def running_ingest(
    redis_url: str, folder: Path, *, spool: Path | None = None, file_size: int | None = None, **more: str
) -> Iterator[Ingest]:
    """Start one and wait until it answers. `file_size`: bytes no file of it may exceed, as on a full disk."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", "ingest"]
    if file_size is not None:
        command = ["sh", "-c", f'ulimit -f {file_size // 512}; exec "$@"', "sh", *command]
    environ = environment(redis_url, spool or folder / "spool", port, **more)
    log = folder / f"ingest-{port}.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, env=environ, cwd=folder, stderr=stderr)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        ingest = Ingest(process, client, port, log)
        try:
            eventually(lambda: _answers(ingest))
            yield ingest
        finally:
            process.kill()
            process.wait(10)


def _answers(ingest: Ingest) -> bool:
    assert ingest.process.poll() is None, ingest.logged()
    try:
        return ingest.client.get("/livez").is_success
    except httpx.TransportError:
        return False
