"""Which run of which server a connection leads to.

A Redis that hides its `run_id` is recognized by a mark: a script in its cache, which no restart and no
failover of Redis 7 and Valkey hands on. keys.STATE says which one to look for.
"""

import hashlib
import secrets
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import NoPermissionError, NoScriptError, RedisError, ResponseError

from shared.redis import keys, versions
from shared.redis.less_sure import is_busy, is_forbidden, note

RUNS = WeakKeyDictionary[AbstractConnection, str]()
"""The run that a connection led to when it was asked last."""


class UnfitRedisError(RedisError):
    """Our user at this Redis lacks what all else rests on; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a server.

    `promoted` names its last promotion from a replica, '' where there was none. Where `run_id` is '', `mark`
    is what the data name, '' where nothing is named.
    """

    run_id: str
    promoted: str = ""
    mark: str = ""


async def read_run(connection: AbstractConnection) -> Run:
    """Ask which run of Redis this connection leads to. Raises UnfitRedisError, RedisError."""
    found = await _read_info(connection)
    if versions.too_old(version := versions.version_of(found)):
        raise UnfitRedisError(f"this Redis is version {version}: {versions.NEEDED}")
    if not found.get("run_id"):
        note("run_id" if found else "info")
        run = Run("", mark=await stored_mark(connection))
    else:
        before = found.get("master_replid2", "").strip("0")
        run = Run(found["run_id"], f"{before[:12]}-{found.get('second_repl_offset', '')}" if before else "")
    RUNS[connection] = run.run_id or run.mark
    return run


async def stored_mark(connection: AbstractConnection) -> str:
    """Return the mark that the data name, '' for none. Raises RedisError."""
    await connection.send_command("HMGET", keys.STATE, "mark")
    try:
        (mark,) = await connection.read_response(disable_decoding=False)
    except NoPermissionError:  # a user that may do even less than ours
        return ""
    return mark.decode() if isinstance(mark, bytes) else mark or ""


async def is_marked(connection: AbstractConnection, mark: str) -> bool:
    """Tell whether this run has been given this mark. Raises RedisError."""
    await connection.send_command("EVALSHA", hashlib.sha1(_script(mark)).hexdigest(), 0)  # noqa: S324
    try:
        await connection.read_response()
    except NoScriptError:
        return False
    return True


async def set_mark(connection: AbstractConnection) -> str:
    """Give this run a new mark and return it. Raises RedisError."""
    mark = secrets.token_hex(6)
    # A script that was only run makes room for 500 others, of anyone, since Redis 7.4 and Valkey 8.
    await connection.send_command("SCRIPT", "LOAD", _script(mark))
    try:
        await connection.read_response()
    except ResponseError as error:
        if not is_forbidden(error):
            raise
        await connection.send_command("EVAL", _script(mark), 0)
        await connection.read_response()
    return mark


def _script(mark: str) -> bytes:
    return f"return 'avito-live {mark}'".encode()


async def _read_info(connection: AbstractConnection) -> dict[str, str]:
    """Return INFO's fields; none where it is hidden. Raises RedisError."""
    await connection.send_command("INFO")
    try:
        info = await connection.read_response(disable_decoding=False)
    except ResponseError as error:
        if is_busy(error):
            raise
        return {}
    text = info.decode(errors="replace") if isinstance(info, bytes) else str(info)
    return dict(line.strip().partition(":")[::2] for line in text.splitlines() if ":" in line)
