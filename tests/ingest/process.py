"""A real `python -m ingest`, started and stopped like any other process."""

import http.client
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import redis

from shared.redis import keys
from shared.wires import inbox
from testbed import SystemPart, eventually, free_port

SECRET = "an-unguessable-last-part"
PREVIOUS = "the-last-part-of-yesterday"
PATH = "/admin/avito/webhook"
PROVEN = f"{PATH}/{SECRET}"

WAYS = ("fast", "plain")
"""How a 200 leaves ingest: under the uvicorn that the fast way was tested with, and under another."""
BOTH_WAYS = pytest.mark.parametrize("way", WAYS)


@dataclass(slots=True)
class Ingest:
    """One ingest process and a client that talks to it."""

    part: SystemPart
    client: httpx2.Client

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.part.port

    def post(self, body: bytes | str, path: str = PROVEN, **headers: str) -> int:
        """Post a webhook in one piece, as a proxy does (httpx2 makes two); return the status."""
        content = body.encode() if isinstance(body, str) else body
        return self.send("POST", path, content, **headers).status

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
        """Send any request in one piece; return the response, read to its end."""
        lines = {"Host": "here", **headers, "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
            response = http.client.HTTPResponse(connection)
            response.begin()
            response.read()
            return response

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
        return self.part.log.read_text()

    def stop(self) -> int:
        """End it by SIGTERM, return the exit code."""
        return self.part.end()

    def kill(self) -> None:
        """End it as a crash would."""
        self.part.kill()


def kept(store: redis.Redis, stream: str = keys.INBOX) -> list[inbox.Webhook]:
    """Return the webhooks in a stream, oldest first."""
    entries = store.execute_command("XRANGE", stream, "-", "+")
    return [inbox.read(fields) for _, fields in entries if not inbox.is_canary(fields)]


@contextmanager
def connected(ingest: Ingest) -> Iterator[socket.socket]:
    """Open a connection to ingest."""
    with socket.create_connection(("127.0.0.1", ingest.port), timeout=30) as connection:
        yield connection


def answer(connection: socket.socket) -> int | None:
    """Return the status of the answer; None when the connection was closed without one."""
    response = http.client.HTTPResponse(connection)
    try:
        response.begin()
    except (http.client.RemoteDisconnected, ConnectionResetError):
        return None
    response.read()
    return response.status


def environment(redis_url: str, spool: Path, *, way: str = "fast", **more: str) -> dict[str, str]:
    """Return the environment of an ingest; of ours only what it needs to find Python."""
    if way == "plain":
        folder = spool.parent / "another-uvicorn"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sitecustomize.py").write_text("import uvicorn\nuvicorn.__version__ = '0.0.1'\n")
        more["PYTHONPATH"] = str(folder)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "WEBHOOK_SECRET": SECRET,
        "WEBHOOK_SECRET_PREVIOUS": PREVIOUS,
        "REDIS_URL": redis_url,
        "SPOOL_DIR": str(spool),
        **more,
    }


@contextmanager
def running_ingest(
    redis_url: str,
    folder: Path,
    *,
    spool: Path | None = None,
    file_size: int | None = None,
    way: str = "fast",
    **more: str,
) -> Iterator[Ingest]:
    """Start one and wait until it answers. `file_size`: bytes no file of it may exceed, as on a full disk."""
    port = free_port()
    part = SystemPart("ingest", folder / f"ingest-{port}.log", port)
    wrap = () if file_size is None else ("sh", "-c", f'ulimit -f {file_size // 512}; exec "$@"', "sh")
    part.launch(environment(redis_url, spool or folder / "spool", way=way, **more), wrap=wrap)
    with httpx2.Client(base_url=part.url, timeout=10) as client:
        ingest = Ingest(part, client)
        try:
            eventually(lambda: _answers(ingest), every=0.02)
            yield ingest
        finally:
            part.close()


def _answers(ingest: Ingest) -> bool:
    assert ingest.part.is_alive, ingest.logged()
    try:
        return ingest.client.get("/livez").is_success
    except httpx2.TransportError:
        return False
