"""Real Redis servers watched by real Sentinels."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from testbed.redis_server import RedisServer, find_binary, running_redis
from testbed.system_part import SystemPart
from testbed.waiting import eventually

MASTER = "mymaster"
_REPLICA_USER, _REPLICA_PASSWORD = "replica", "copies"
SENTINEL_OPTIONS = (
    *("--user", _REPLICA_USER, "on", f">{_REPLICA_PASSWORD}", "~*", "&*", "+@all"),
    *("--masteruser", _REPLICA_USER, "--masterauth", _REPLICA_PASSWORD),
)
"""Options of each server: replicas log in with a user of their own, which can be disabled."""
STRICT_OPTIONS = ("--min-replicas-to-write", "1", "--min-replicas-max-lag", "10")
"""The settings that docs/scaling.md asks for."""
_SILENT_MS = 1000
_READY_WITHIN_S = 30.0


@dataclass(slots=True)
class Sentinels:
    """The port of the master at the beginning, and those of the Sentinels."""

    first_port: int
    ports: list[int]

    @property
    def url(self) -> str:
        """The URL for the services."""
        return f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in self.ports)}/{MASTER}/0"

    def disconnect_replicas(self) -> None:
        """Disconnect the replicas: from now on the master confirms writes that no replica has."""
        with redis.Redis(port=self.first_port) as master:
            master.acl_setuser(_REPLICA_USER, enabled=False)
            master.client_kill_filter(_type="slave")

    def master_port(self) -> int:
        """Return the port of the master according to the first Sentinel."""
        return _master(self.ports[0])

    def switch(self, asked: int = 0) -> None:
        """Start a planned failover and wait until the new master has a replica."""
        before = self.master_port()

        def replaced() -> bool:
            masters = {_master(port) for port in self.ports}
            return before not in masters and len(masters) == 1 and _online_replicas(*masters) > 0

        # Refused while the last failover has not ended, or no replica is ready.
        _eventually(lambda: _ask(self.ports[asked], lambda one: one.sentinel_failover(MASTER)))
        _eventually(replaced)


@asynccontextmanager
async def running_sentinels(master: RedisServer, folder: Path) -> AsyncIterator[Sentinels]:
    """Yield Sentinels that know each other, a running master and two replicas in sync with it."""
    options = (*master.options, "--replicaof", "127.0.0.1", str(master.port))
    watch = (
        f"sentinel monitor {MASTER} 127.0.0.1 {master.port} 2",
        f"sentinel down-after-milliseconds {MASTER} {_SILENT_MS}",
        f"sentinel failover-timeout {MASTER} 10000",
    )
    with ExitStack() as stack:
        for number in (2, 3):
            stack.enter_context(running_redis(folder / f"redis-{number}", *options))
        ports = [
            stack.enter_context(running_sentinel(folder / f"sentinel-{number}", *watch))
            for number in (1, 2, 3)
        ]
        _eventually(lambda: _online_replicas(master.port) == 2 and all(map(_knows_all, ports)))
        yield Sentinels(master.port, ports)


@contextmanager
def running_sentinel(
    folder: Path, *settings: str, bind: str = "127.0.0.1", tls: bool = False
) -> Iterator[int]:
    """Yield the port of a Sentinel, which may not answer yet. `tls`: it speaks that alone."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "sentinel.conf"
    part = SystemPart("sentinel", folder / "sentinel.log", command=(find_binary(), str(file), "--sentinel"))
    ports = ("port 0", f"tls-port {part.port}") if tls else (f"port {part.port}",)
    file.write_text("\n".join((*ports, f"bind {bind}", f"dir {folder}", *settings, "")))
    part.launch(os.environ)
    try:
        yield part.port
    finally:
        part.kill()


def _eventually(condition: Callable[[], Any]) -> None:
    eventually(condition, within=_READY_WITHIN_S, every=0.1, forgiven=(redis.RedisError,))


def _ask(port: int, question: Callable[[redis.Redis], Any]) -> Any:
    with redis.Redis(port=port) as client:
        return question(client)


def _master(sentinel: int) -> int:
    return int(_ask(sentinel, lambda one: one.sentinel_get_master_addr_by_name(MASTER))[1])


def _online_replicas(master: int) -> int:
    told = _ask(master, lambda one: one.info("replication"))
    return sum(told.get(f"slave{number}", {}).get("state") == "online" for number in range(2))


def _knows_all(sentinel: int) -> bool:
    known = _ask(sentinel, lambda one: one.info("sentinel")).get("master0", {})
    return bool(known.get("slaves") == 2 and known.get("sentinels") == 3)
