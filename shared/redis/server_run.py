"""Which run of which server a connection leads to."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError, ResponseError

RUNS = WeakKeyDictionary[AbstractConnection, str]()
"""The run id of the server that a connection led to when it was asked last."""


class UnfitRedisError(RedisError):
    """This Redis, or our user there, lacks what all else rests on; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a server; `promoted` names its last promotion from a replica, '' where there was none."""

    run_id: str
    promoted: str = ""


async def read_run(connection: AbstractConnection) -> Run:
    """Ask which run of Redis this connection leads to. Raises UnfitRedisError, RedisError."""
    await connection.send_command("INFO")
    try:
        info = await connection.read_response(disable_decoding=False)
    except ResponseError as error:
        raise _hides_run_id(str(error)) from None
    text = info.decode(errors="replace") if isinstance(info, bytes) else str(info)
    found = dict(line.strip().partition(":")[::2] for line in text.splitlines())
    if not found.get("run_id"):
        raise _hides_run_id("its INFO has none")
    before = found.get("master_replid2", "").strip("0")
    run = Run(found["run_id"], f"{before[:12]}-{found.get('second_repl_offset', '')}" if before else "")
    RUNS[connection] = run.run_id
    return run


def _hides_run_id(found: str) -> UnfitRedisError:
    return UnfitRedisError(
        f"this Redis hides its run_id ({found}), by which a restart is noticed: allow INFO to our user "
        "(ACL SETUSER … +info), or use another Redis"
    )
