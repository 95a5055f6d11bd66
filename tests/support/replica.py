"""A replica of a running Redis that can be frozen."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from testbed import RedisServer, free_port

QUICK_SYNC = ("--repl-diskless-sync-delay", "0")
"""Options of a master whose replica connects at once."""
_LINKED_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica in sync with its master."""

    server: RedisServer

    def stand_still(self) -> None:
        """Freeze it, so that it confirms nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Resume it."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self.server.process
        self.server.process.send_signal(number)


@contextmanager
def replica_of(master: RedisServer, folder: Path) -> Iterator[Replica]:
    """Yield a connected replica."""
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
