"""Three real Redis servers watched by three Sentinels."""

import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import redis

from avito_live.runner.process import start
from testbed.redis_server import RedisServer, find_binary, free_port

MASTER = "mymaster"
_REPLICA_USER, _REPLICA_PASSWORD = "replica", "copies"
SENTINEL_OPTIONS = (
    *("--user", _REPLICA_USER, "on", f">{_REPLICA_PASSWORD}", "~*", "&*", "+@all"),
    *("--masteruser", _REPLICA_USER, "--masterauth", _REPLICA_PASSWORD, "--repl-diskless-sync-delay", "0"),
)
"""Options of each server: replicas log in with a user of their own, which can be disabled."""
STRICT_OPTIONS = ("--min-replicas-to-write", "1", "--min-replicas-max-lag", "10")
"""The settings that docs/scaling.md asks for."""
_SILENT_MS = 1000
_READY_WITHIN_S = 30.0


@dataclass(slots=True)
class Sentinels:
    """The servers, the first being the master at the beginning, and the Sentinels."""

    servers: list[RedisServer]
    processes: list[subprocess.Popen[bytes]]
    ports: list[int]

    @property
    def url(self) -> str:
        """The URL for the services."""
        return f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in self.ports)}/{MASTER}/0"

    def disconnect_replicas(self) -> None:
        """Disconnect the replicas: from now on the master confirms writes that no replica has."""
        with redis.Redis(port=self.servers[0].port) as master:
            master.execute_command("ACL", "SETUSER", _REPLICA_USER, "off")
            master.execute_command("CLIENT", "KILL", "TYPE", "REPLICA")

    def master_port(self) -> int:
        """Return the port of the master according to the first Sentinel."""
        with redis.Redis(port=self.ports[0]) as sentinel:
            _, port = sentinel.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER)
            return int(port)

    def wait_for_replicas(self) -> None:
        """Wait until both replicas are in sync and the Sentinels know all servers and each other."""
        deadline = time.monotonic() + _READY_WITHIN_S
        while time.monotonic() < deadline:
            with suppress(redis.ConnectionError):
                if self._complete():
                    return
            time.sleep(0.1)
        raise TimeoutError("the Sentinels did not get ready")

    def switch(self, asked: int = 0) -> None:
        """Start a planned failover and wait until the new master has a replica."""
        before, deadline = self.master_port(), time.monotonic() + _READY_WITHIN_S
        while time.monotonic() < deadline:
            with suppress(redis.ResponseError), redis.Redis(port=self.ports[asked]) as sentinel:
                sentinel.execute_command("SENTINEL", "FAILOVER", MASTER)
                break
            time.sleep(0.1)  # the last failover has not ended, or no replica is ready
        while time.monotonic() < deadline:
            with suppress(redis.ConnectionError):
                ports = self._masters()
                if before not in ports and len(ports) == 1 and self._online_replicas(*ports):
                    return
            time.sleep(0.1)
        raise TimeoutError("no replica has become the master")

    def _masters(self) -> set[int]:
        ports = set()
        for number in self.ports:
            with redis.Redis(port=number) as sentinel:
                _, port = sentinel.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER)
                ports.add(int(port))
        return ports

    @staticmethod
    def _online_replicas(master: int) -> int:
        with redis.Redis(port=master) as client:
            told = client.info("replication")
        return sum(told.get(f"slave{number}", {}).get("state") == "online" for number in range(2))

    def close(self) -> None:
        """Kill everything except the first master, which belongs to the caller."""
        for process in self.processes:
            process.kill()
            process.wait(10)
        for server in self.servers[1:]:
            server.kill()

    def _complete(self) -> bool:
        online = self._online_replicas(self.servers[0].port)
        return online == 2 and all(self._knows_all(port) for port in self.ports)

    @staticmethod
    def _knows_all(port: int) -> bool:
        with redis.Redis(port=port) as sentinel:
            known = sentinel.info("sentinel").get("master0", {})
        return bool(known.get("slaves") == 2 and known.get("sentinels") == 3)


@asynccontextmanager
async def running_sentinels(master: RedisServer, folder: Path) -> AsyncIterator[Sentinels]:
    """Yield two replicas of a running master and three Sentinels that watch it."""
    replica_of = ("--replicaof", "127.0.0.1", str(master.port))
    replicas = [
        RedisServer(folder / f"redis-{number}", free_port(), (*master.options, *replica_of))
        for number in (2, 3)
    ]
    ports = [free_port() for _ in range(3)]
    group = Sentinels([master, *replicas], [], ports)
    try:
        for replica in replicas:
            replica.start()
        group.processes += [_start(port, master.port, folder) for port in ports]
        group.wait_for_replicas()
        yield group
    finally:
        group.close()


def _start(port: int, master: int, folder: Path) -> subprocess.Popen[bytes]:
    config = folder / f"sentinel-{port}.conf"
    config.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
        f"sentinel monitor {MASTER} 127.0.0.1 {master} 2\n"
        f"sentinel down-after-milliseconds {MASTER} {_SILENT_MS}\n"
        f"sentinel failover-timeout {MASTER} 10000\n"
    )
    with (folder / f"sentinel-{port}.log").open("wb") as log:
        return start((find_binary(), str(config), "--sentinel"), output=log)
