"""Three real redis-servers under three Sentinels."""

import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import redis

from runner.process import start
from testbed.redis_server import RedisServer, find_binary, free_port

MASTER = "mymaster"
_COPIER, _WORD = "copier", "copies"
OPTIONS = (
    *("--user", _COPIER, "on", f">{_WORD}", "~*", "&*", "+@all"),
    *("--masteruser", _COPIER, "--masterauth", _WORD, "--repl-diskless-sync-delay", "0"),
)
"""What each server is started with: its copies log in under a name of their own, which can be shut out."""
STRICT = ("--min-replicas-to-write", "1", "--min-replicas-max-lag", "10")
"""The lines that docs/scaling.md asks for."""
_SILENT_MS = 1000
_READY_WITHIN_S = 30.0


@dataclass(slots=True)
class Sentinels:
    """The group. `servers`: the first is the master at the beginning."""

    servers: list[RedisServer]
    guards: list[subprocess.Popen[bytes]]
    ports: list[int]

    @property
    def url(self) -> str:
        """The address as the services take it."""
        return f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in self.ports)}/{MASTER}/0"

    def shut_copies_out(self) -> None:
        """From now on the master's writes reach no copy, and it goes on confirming them."""
        with redis.Redis(port=self.servers[0].port) as master:
            master.execute_command("ACL", "SETUSER", _COPIER, "off")
            master.execute_command("CLIENT", "KILL", "TYPE", "REPLICA")

    def master_port(self) -> int:
        """Return which server is the master, says the first Sentinel."""
        with redis.Redis(port=self.ports[0]) as guard:
            _, port = guard.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER)
            return int(port)

    def wait_for_copies(self) -> None:
        """Wait until both copies hold what the master has, and the Sentinels know of them and each other."""
        deadline = time.monotonic() + _READY_WITHIN_S
        while time.monotonic() < deadline:
            with suppress(redis.ConnectionError):
                if self._complete():
                    return
            time.sleep(0.1)
        raise TimeoutError("the Sentinels did not get ready")

    def switch(self, asked: int = 0) -> None:
        """Put a copy in the master's place as planned; wait until it is there, with a copy of its own."""
        before, deadline = self.master_port(), time.monotonic() + _READY_WITHIN_S
        while time.monotonic() < deadline:
            with suppress(redis.ResponseError), redis.Redis(port=self.ports[asked]) as guard:
                guard.execute_command("SENTINEL", "FAILOVER", MASTER)
                break
            time.sleep(0.1)  # the last one has not ended, or no copy is up to it yet
        while time.monotonic() < deadline:
            with suppress(redis.ConnectionError):
                if before not in (ports := self._masters()) and len(ports) == 1 and self._copies(*ports):
                    return
            time.sleep(0.1)
        raise TimeoutError("no copy has become the master")

    def _masters(self) -> set[int]:
        ports = set()
        for number in self.ports:
            with redis.Redis(port=number) as guard:
                _, port = guard.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER)
                ports.add(int(port))
        return ports

    @staticmethod
    def _copies(master: int) -> int:
        with redis.Redis(port=master) as client:
            told = client.info("replication")
        return sum(told.get(f"slave{number}", {}).get("state") == "online" for number in range(2))

    def close(self) -> None:
        """End all but the first master, which is not ours."""
        for guard in self.guards:
            guard.kill()
            guard.wait(10)
        for server in self.servers[1:]:
            server.kill()

    def _complete(self) -> bool:
        online = self._copies(self.servers[0].port)
        return online == 2 and all(self._knows_all(port) for port in self.ports)

    @staticmethod
    def _knows_all(port: int) -> bool:
        with redis.Redis(port=port) as guard:
            known = guard.info("sentinel").get("master0", {})
        return bool(known.get("slaves") == 2 and known.get("sentinels") == 3)


@asynccontextmanager
async def guarding(master: RedisServer, folder: Path) -> AsyncIterator[Sentinels]:
    """Give two copies of a running master and three Sentinels who watch over it."""
    copy_of = ("--replicaof", "127.0.0.1", str(master.port))
    copies = [
        RedisServer(folder / f"redis-{number}", free_port(), (*master.options, *copy_of)) for number in (2, 3)
    ]
    ports = [free_port() for _ in range(3)]
    group = Sentinels([master, *copies], [], ports)
    try:
        for copy in copies:
            copy.start()
        group.guards += [_guard(port, master.port, folder) for port in ports]
        group.wait_for_copies()
        yield group
    finally:
        group.close()


def _guard(port: int, master: int, folder: Path) -> subprocess.Popen[bytes]:
    config = folder / f"sentinel-{port}.conf"
    config.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
        f"sentinel monitor {MASTER} 127.0.0.1 {master} 2\n"
        f"sentinel down-after-milliseconds {MASTER} {_SILENT_MS}\n"
        f"sentinel failover-timeout {MASTER} 10000\n"
    )
    with (folder / f"sentinel-{port}.log").open("wb") as log:
        return start((find_binary(), str(config), "--sentinel"), output=log)
