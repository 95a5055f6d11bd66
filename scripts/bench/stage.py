"""The system that is measured, Redis on disk as in production, with floors and peers beside it."""

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from websockets.asyncio.client import ClientConnection, connect

from avito_live.runner.process import start
from shared.redis import keys
from testbed import ACCOUNT, PASSWORD, SECRET, USERNAME, System, free_port, running_system, until

PANEL = "/admin/avito/"
WEBHOOK = f"/admin/avito/webhook/{SECRET}"
_ON_DISK = ("--appendonly", "yes", "--appendfsync", "everysec")
_ENVIRON = {"AVITO_RPM": "100000", "LOG_LEVEL": "INFO"}
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Server:
    """A process that is measured."""

    pid: int
    url: str
    log: Path

    def cpu_s(self) -> float:
        """Return the CPU seconds that it has used, in clock ticks (10 ms)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_bytes(self) -> int:
        """Return its resident memory."""
        return int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1]) * _PAGE


@dataclass(slots=True)
class Stage:
    """A running system, whose `chats` are enriched, and the processes beside it."""

    system: System
    chats: list[str] = field(default_factory=list)
    peers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def redis_url(self, database: int = 0) -> str:
        """Return the URL of a database of the Redis; 0 is the system's."""
        return f"{self.system.redis_server.url[:-1]}{database}"

    def server(self, name: str) -> Server:
        """Return a running part of the system, or its Redis."""
        part = self.system.part(name)
        return Server(self.system.pid(name), part.url, part.log)

    async def serve(self, app: str, **environ: str) -> Server:
        """Start an ASGI app of the peers, as our services are started."""
        port = free_port()
        options = f"--port {port} --loop uvloop --http httptools --no-access-log --no-server-header"
        options += " --log-level warning --backlog 4096"
        command = ("-m", "uvicorn", f"bench.peers.{app}", *options.split())
        return await self.launch(port, sys.executable, *command, **environ)

    async def launch(self, port: int, *command: str, **environ: str) -> Server:
        """Start a program and wait until it listens on `port`, if that is not 0. Raises AssertionError."""
        log = self.system.folder / f"peer-{len(self.peers)}.log"
        with log.open("wb") as out:
            process = start(command, os.environ | environ, output=out, folder=self.system.folder)
        self.peers.append(process)
        await until(lambda: process.poll() is not None or not port or _listens(port))
        if process.poll() is not None:
            raise AssertionError(f"{command} ended:\n{log.read_text('utf-8')}")
        return Server(process.pid, f"http://127.0.0.1:{port}", log)

    def close(self) -> None:
        """Kill the processes beside the system."""
        for process in self.peers:
            process.kill()
            process.wait()

    async def log_in(self) -> str:
        """Return the Cookie header of a new session at the gateway."""
        gateway = self.system.url("gateway")
        form = {"username": USERNAME, "password": PASSWORD}
        answer = await self.system.http.post(f"{gateway}{PANEL}login", data=form, headers={"Origin": gateway})
        if answer.status_code != 303:
            raise RuntimeError(f"the login was answered {answer.status_code}")
        return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


@asynccontextmanager
async def running_stage(
    *parts: str, chats: int = 0, redis_options: tuple[str, ...] = _ON_DISK
) -> AsyncIterator[Stage]:
    """Yield a system with Redis, the simulator and `parts`; with `chats`, the whole one that knows them."""
    with TemporaryDirectory(prefix="avito-live-bench-") as folder:
        async with running_system(
            Path(folder), *parts, environ=_ENVIRON, redis_options=redis_options
        ) as system:
            stage = Stage(system)
            try:
                if chats:
                    await _populate(stage, chats)
                yield stage
            finally:
                stage.close()


async def _populate(stage: Stage, count: int) -> None:
    """Start all services and wait until new chats are enriched, so that no call to Avito is left."""
    system, avito = stage.system, stage.system.avito
    await avito.subscribe(system.webhook_url)
    await system.start("ingest", "worker", "gateway")
    stage.chats += [await avito.chat() for _ in range(count)]
    for chat in stage.chats:
        await avito.write(chat, "Здравствуйте!")

    async def enriched() -> bool:
        async with stage.system.redis as redis:
            known, left = await redis.zcard(keys.chats(ACCOUNT)), await redis.zcard(keys.to_enrich(ACCOUNT))
            return bool(known == count and not left)

    await until(enriched, within=30, every=0.1)


@asynccontextmanager
async def open_socket(url: str, cookie: str) -> AsyncIterator[ClientConnection]:
    """Yield an open WebSocket of a gateway, or of the baseline, whose hello was read."""
    address, headers = url.replace("http", "ws", 1) + f"{PANEL}ws", {"Cookie": cookie}
    async with connect(address, origin=url, additional_headers=headers, compression=None) as ws:  # type: ignore[arg-type]  # any text is an origin
        await ws.recv()
        yield ws


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
