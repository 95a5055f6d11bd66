"""The whole system for tests: Redis, the simulator and the services as real processes on free ports.

The names of parts are those of runner/parts.py (`worker`, `worker-2`), and `redis`. Logs are in the folder;
if the block fails, their last lines are printed.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals

import certifi
import httpx2
from redis.asyncio import Redis

from avito_live.runner.parts import SIMULATOR_KEYS, WEBHOOK_PATH, kind_of, simulated
from shared.redis import connection
from testbed import redis_users
from testbed.avito import Avito
from testbed.redis_server import RedisServer
from testbed.system_part import SystemPart, free_port

ACCOUNT = int(SIMULATOR_KEYS["AVITO_USER_ID"])
SECRET = "e2e-7Hq2mWv9xTzK4bRn"
USERNAME, PASSWORD = "olga", "kettle-Amber-7431"
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")


@dataclass(slots=True)
class System:
    """One running system. `environ` is added to the environment of every part.

    `chats`: those that were made for the whole run.
    """

    folder: Path
    environ: dict[str, str]
    redis_server: RedisServer
    http: httpx2.AsyncClient
    chats: list[str] = field(default_factory=list)
    parts: dict[str, SystemPart] = field(init=False)

    def __post_init__(self) -> None:
        self.parts = {"redis": self.redis_server}

    @property
    def webhook_url(self) -> str:
        """The webhook URL: our ingest, with the secret."""
        return f"{self.url('ingest')}{WEBHOOK_PATH}{SECRET}"

    @property
    def avito(self) -> Avito:
        """The simulator's control API."""
        return Avito(self.http, self.url("simulator"))

    @property
    def redis(self) -> Redis:
        """A new client of the Redis that the services use; close it (`async with system.redis as redis`)."""
        return connection.connect(self.environ.get("REDIS_URL", self.redis_server.url))

    @property
    def settings(self) -> dict[str, str]:
        """The settings of an owner's `.env` for the commands, and of every part."""
        ours = {
            "WEBHOOK_SECRET": SECRET,
            "REDIS_URL": self.redis_server.url,
            "ADMIN_USERNAME": USERNAME,
            "ADMIN_PASSWORD": PASSWORD,
            "SESSION_SECRET": "e2e-session-Yp3vQ8sLk1Wd6Zr0",
        }
        return simulated(ours, self.url("simulator"), self.url("ingest"))

    def part(self, name: str) -> SystemPart:
        """Return a part, which may not be started yet."""
        if name not in self.parts:
            self.parts[name] = SystemPart(name, self.folder / f"{name}.log")
        return self.parts[name]

    def url(self, name: str) -> str:
        """Return the URL of a part, which may not be started yet."""
        return self.part(name).url

    async def start(self, *names: str, **more: str) -> None:
        """Start parts and wait until all are ready. `more`: environment of these parts only."""
        for name in names:
            await asyncio.to_thread(self.launch, name, **more)
        for name in names:
            await self.part(name).ready()

    def launch(self, name: str, **more: str) -> None:
        """Start a part without waiting for it."""
        self.part(name).launch(self.environment | self._user(kind_of(name)) | more)

    async def stop(self, *names: str) -> None:
        """End parts cleanly, as an upgrade does."""
        await self._end(names, SIGTERM)

    async def kill(self, *names: str) -> None:
        """Kill parts, as a crash does."""
        await self._end(names, SIGKILL)

    async def restart(self, name: str, **more: str) -> None:
        """End a part cleanly and start it again."""
        await self.stop(name)
        await self.start(name, **more)

    def signal(self, name: str, number: int) -> None:
        """Send any signal to a part."""
        self.part(name).running.send_signal(number)

    def close(self) -> None:
        """End all processes that still run."""
        for part in self.parts.values():
            part.close()

    def logs(self) -> str:
        """Return the last lines of all logs."""
        return "\n".join(f"--- {part.name}\n{part.tail()}" for part in self.parts.values())

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every part, before its own is added."""
        inherited = {key: os.environ[key] for key in _INHERITED if key in os.environ}
        files = {
            "LOG_LEVEL": "DEBUG",
            "SPOOL_DIR": str(self.folder / "spool"),
            "SIM_STATE_FILE": str(self.folder / "simulator.json"),
            "SSL_CERT_FILE": str(self._one_authority()),
        }
        return inherited | self.settings | files | self.environ

    def _one_authority(self) -> Path:
        """Return a file of one authority; each start of a worker would read the machine's 150 twice."""
        path = self.folder / "authority.pem"
        if not path.exists():
            certificate, end, _ = (
                Path(certifi.where()).read_text("utf-8").partition("-----END CERTIFICATE-----")
            )
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{certificate}{end}\n", "utf-8")
        return path

    def _user(self, kind: str) -> dict[str, str]:
        """Return the REDIS_URL of a service's own user, if this run has users."""
        if not redis_users.wanted() or kind not in redis_users.SERVICES or "REDIS_URL" in self.environ:
            return {}
        return {"REDIS_URL": self.redis_server.url.replace(redis_users.REDIS_ADMIN, f"{kind}:{kind}")}

    async def _end(self, names: tuple[str, ...], number: Signals) -> None:
        for name in names:
            self.signal(name, number)
        for name in names:
            await asyncio.to_thread(self.part(name).wait)


@asynccontextmanager
async def running_system(
    folder: Path,
    *parts: str,
    environ: Mapping[str, str] | None = None,
    redis_options: tuple[str, ...] = (),
    simulator: bool = True,
) -> AsyncIterator[System]:
    """Yield a system with Redis, the simulator and `parts` running; all processes end with the block.

    `environ` goes to every part, `redis_options` to redis-server (`"--appendonly", "yes"`).
    """
    server = _redis_server(folder / "redis", redis_options)
    async with httpx2.AsyncClient(trust_env=False, timeout=10, verify=False) as http:  # no TLS
        system = System(folder, dict(environ or {}), server, http)
        try:
            await system.start("redis", *(("simulator",) if simulator else ()), *parts)
            yield system
            await _check_denials(system)
        except BaseException:
            sys.stderr.write(system.logs())
            raise
        finally:
            system.close()


def _redis_server(folder: Path, options: tuple[str, ...]) -> RedisServer:
    if not redis_users.wanted():
        return RedisServer(folder, free_port(), options)
    rules = folder / "users.acl"
    redis_users.write_rules(rules)
    return RedisServer(
        folder, free_port(), (*options, "--aclfile", str(rules)), login=f"{redis_users.REDIS_ADMIN}@"
    )


async def _check_denials(system: System) -> None:
    """Fail if a service was denied what it asked for, in a run with users."""
    if redis_users.wanted() and system.redis_server.is_alive:
        async with system.redis as redis:
            denied = await redis_users.denials(redis)
        assert not denied, denied
