"""The whole system for tests: Redis, the simulator and the services as real processes on free ports.

The first word of a part's name is its kind: `worker`, `worker-2`, `gateway`, `ingest`, `simulator`, `redis`.
Logs are in the folder; if the block fails, their last lines are printed.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from redis.asyncio import Redis

from avito_live.runner.process import start
from shared.redis import connection
from testbed.avito import Avito
from testbed.redis_server import RedisServer, free_port

ACCOUNT = 301200100
SECRET = "e2e-7Hq2mWv9xTzK4bRn"
USERNAME, PASSWORD = "olga", "kettle-Amber-7431"
READY_WITHIN_S = 60.0
END_WITHIN_S = 15.0
LOG_TAIL = 60

MODULES = {
    "simulator": "avito_simulator",
    "ingest": "ingest",
    "worker": "worker",
    "gateway": "push_gateway",
}
"""The module that runs each kind of part."""
PORTS = {
    "simulator": "SIM_PORT",
    "ingest": "INGEST_PORT",
    "worker": "WORKER_METRICS_PORT",
    "gateway": "GATEWAY_PORT",
}
"""The variable that tells each kind of part its port."""
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")


def kind_of(name: str) -> str:
    """Return the kind of a part: the first word of its name."""
    return name.partition("-")[0]


@dataclass(slots=True)
class SystemPart:
    """One process; its port stays the same when it is restarted."""

    name: str
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def tail(self, lines: int = LOG_TAIL) -> str:
        """Return the last lines of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


@dataclass(slots=True)
class System:
    """One running system. `environ` is added to the environment of every part."""

    folder: Path
    environ: dict[str, str]
    redis_server: RedisServer
    http: httpx.AsyncClient
    parts: dict[str, SystemPart] = field(default_factory=dict)

    @property
    def webhook_url(self) -> str:
        """The webhook URL: our ingest, with the secret."""
        return f"{self.url('ingest')}/admin/avito/webhook/{SECRET}"

    @property
    def avito(self) -> Avito:
        """The simulator's control API."""
        return Avito(self.http, self.url("simulator"))

    @property
    def redis(self) -> Redis:
        """A new client; close it (`async with system.redis as redis`)."""
        return connection.connect(self.redis_server.url)

    def part(self, name: str) -> SystemPart:
        """Return a part, which may not be started yet."""
        if name not in self.parts:
            self.parts[name] = SystemPart(name, free_port(), self.folder / f"{name}.log")
        return self.parts[name]

    def url(self, name: str) -> str:
        """Return the URL of a part, which may not be started yet."""
        return self.part(name).url

    def pid(self, name: str) -> int:
        """Return the process id of a running part."""
        process = self.redis_server.process if name == "redis" else self.part(name).process
        assert process is not None, f"{name} does not run"
        return process.pid

    async def start(self, *names: str, **more: str) -> None:
        """Start parts and wait until all are ready. `more`: environment of these parts only."""
        for name in names:
            self.launch(name, **more)
        for name in names:
            await self.ready(name)

    def launch(self, name: str, **more: str) -> None:
        """Start a part without waiting for it."""
        if name == "redis":
            self.redis_server.start()
            return
        part = self.part(name)
        with part.log.open("ab") as log:
            command = (sys.executable, "-m", MODULES[kind_of(name)])
            part.process = start(command, self.environment(name) | more, output=log, folder=self.folder)

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of a part."""
        inherited = {key: os.environ[key] for key in _INHERITED if key in os.environ}
        ours = {
            "AVITO_CLIENT_ID": "sim-client",
            "AVITO_CLIENT_SECRET": "sim-secret",
            "AVITO_USER_ID": str(ACCOUNT),
            "AVITO_API_URL": self.url("simulator"),
            "WEBHOOK_SECRET": SECRET,
            "WEBHOOK_URL": self.webhook_url,
            "REDIS_URL": self.redis_server.url,
            "SPOOL_DIR": str(self.folder / "spool"),
            "ADMIN_USERNAME": USERNAME,
            "ADMIN_PASSWORD": PASSWORD,
            "SESSION_SECRET": "e2e-session-Yp3vQ8sLk1Wd6Zr0",
            "LOG_LEVEL": "DEBUG",
            "SIM_STATE_FILE": str(self.folder / "simulator.json"),
            "PYTHONUNBUFFERED": "1",
        }
        return inherited | ours | self.environ | {PORTS[kind_of(name)]: str(self.part(name).port)}

    async def ready(self, name: str) -> None:
        """Wait until a part is ready; fail with its log if it is not in time, or died."""
        if name == "redis":
            return
        part = self.part(name)
        path = "/livez" if kind_of(name) == "simulator" else "/readyz"
        deadline = time.monotonic() + READY_WITHIN_S
        while not await self._answers(f"{part.url}{path}"):
            died = part.process is None or part.process.poll() is not None
            if died or time.monotonic() > deadline:
                raise AssertionError(f"{name} {'died' if died else 'is not ready'}:\n{part.tail()}")
            await asyncio.sleep(0.05)

    async def stop(self, *names: str) -> None:
        """End parts cleanly, as an upgrade does."""
        for name in names:
            self.signal(name, signal.SIGTERM)
        for name in names:
            await self._ended(name)

    async def kill(self, *names: str) -> None:
        """Kill parts, as a crash does."""
        for name in names:
            self.signal(name, signal.SIGKILL)
        for name in names:
            await self._ended(name)

    async def restart(self, name: str, **more: str) -> None:
        """End a part cleanly and start it again."""
        await self.stop(name)
        await self.start(name, **more)

    def signal(self, name: str, number: int) -> None:
        """Send any signal to a part."""
        os.kill(self.pid(name), number)

    def close(self) -> None:
        """Kill all processes that still run."""
        for part in self.parts.values():
            if part.process and part.process.poll() is None:
                part.process.kill()
                part.process.wait(END_WITHIN_S)
        self.redis_server.kill()

    def logs(self) -> str:
        """Return the last lines of all logs."""
        return "\n".join(f"--- {part.name}\n{part.tail()}" for part in self.parts.values())

    async def _ended(self, name: str) -> None:
        process = self.redis_server.process if name == "redis" else self.part(name).process
        assert process is not None
        try:
            await asyncio.to_thread(process.wait, END_WITHIN_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{name} does not end:\n{self.part(name).tail()}") from None
        if name == "redis":
            self.redis_server.process = None
        else:
            self.part(name).process = None

    async def _answers(self, url: str) -> bool:
        try:
            return (await self.http.get(url)).status_code == 200
        except httpx.HTTPError:
            return False


@asynccontextmanager
async def running_system(
    folder: Path,
    *parts: str,
    environ: Mapping[str, str] | None = None,
    redis_options: tuple[str, ...] = (),
) -> AsyncIterator[System]:
    """Yield a system with Redis, the simulator and `parts` running; all processes end with the block.

    `environ` goes to every part, `redis_options` to redis-server (`"--appendonly", "yes"`).
    """
    server = RedisServer(folder / "redis", free_port(), redis_options)
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        system = System(folder, dict(environ or {}), server, http)
        try:
            await system.start("redis", "simulator", *parts)
            yield system
        except BaseException:
            sys.stderr.write(system.logs())
            raise
        finally:
            system.close()
