"""A replica of a running Redis that can be made to stand still."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from testbed import RedisServer, free_port

QUICK_SYNC = ("--repl-diskless-sync-delay", "0")
"""What a master is started with, so that its replica is linked at once."""
_LINKED_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica that has what its master has."""

    server: RedisServer

    def stand_still(self) -> None:
        """Confirm nothing any more."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Work again."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self.server.process
        self.server.process.send_signal(number)


@contextmanager
def replica_of(master: RedisServer, folder: Path) -> Iterator[Replica]:
    """Give a replica that is linked."""
    server = RedisServer(folder / "replica", free_port(), ("--replicaof", "127.0.0.1", str(master.port)))
    server.start()
    try:
        deadline = time.monotonic() + _LINKED_WITHIN_S
        while not _linked(master):
            assert time.monotonic() < deadline, "the replica was not linked"
            time.sleep(0.02)
        yield Replica(server)
    finally:
        server.kill()


def _linked(master: RedisServer) -> bool:
    with redis.Redis(port=master.port) as client:
        told = client.info("replication").get("slave0", {})
    return str(told.get("state")) == "online" and int(told["offset"]) > 0
