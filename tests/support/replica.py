"""A replica of a running Redis that can be frozen."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from testbed import RedisServer, eventually, running_redis


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica in sync with its master."""

    server: RedisServer

    def stand_still(self) -> None:
        """Freeze it, so that it confirms nothing."""
        self.server.running.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Resume it."""
        self.server.running.send_signal(signal.SIGCONT)


@contextmanager
def replica_of(master: RedisServer, folder: Path) -> Iterator[Replica]:
    """Yield a connected replica."""
    with redis.Redis(port=master.port) as client:
        client.config_set("repl-ping-replica-period", 1)  # else a master without writes is silent for 10 s
    with running_redis(folder / "replica", "--replicaof", "127.0.0.1", str(master.port)) as server:
        eventually(lambda: _linked(master), every=0.02)
        yield Replica(server)


def _linked(master: RedisServer) -> bool:
    with redis.Redis(port=master.port) as client:
        told = client.info("replication").get("slave0", {})
    return str(told.get("state")) == "online" and int(told["offset"]) > 0
