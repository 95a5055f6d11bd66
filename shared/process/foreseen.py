"""Which errors mean that a peer or the disk is away, rather than that something is wrong with us."""

import re

from redis import exceptions
from redis.exceptions import RedisError, ResponseError

FORESEEN = (RedisError, OSError)
"""A peer or the disk fails (TimeoutError is an OSError): no fault of the loop that meets it."""
_STORE_ERRORS = (
    exceptions.AuthenticationError,
    exceptions.ReadOnlyError,
    exceptions.MasterDownError,
    exceptions.NoScriptError,
    exceptions.OutOfMemoryError,
)
_STORE_WORDS = (
    *("OOM", "READONLY", "MISCONF", "BUSY", "NOREPLICAS", "UNBLOCKED", "maxmemory", "CLUSTERDOWN"),
    *("LOADING", "MASTERDOWN", "NOSCRIPT", "TRYAGAIN", "MOVED", "CROSSSLOT", "unknown command", "DB index"),
)
_NO_RIGHT = re.compile("user executing the script can't|ACL failure in script|EXEC without MULTI")
"""Of commands in a script, as Redis and Valkey say it; redis-py hides that a MULTI was refused."""


def lacks_right(error: BaseException | None) -> bool:
    """Tell whether our user may not do what was asked for, or what a script of ours does."""
    if isinstance(error, exceptions.NoPermissionError):
        return True
    return isinstance(error, ResponseError) and _NO_RIGHT.search(str(error)) is not None


def is_store_error(error: BaseException) -> bool:
    """Tell whether Redis or the network failed: such an error never counts against what was asked for."""
    if not isinstance(error, ResponseError) or isinstance(error, _STORE_ERRORS) or lacks_right(error):
        return True
    return any(word in str(error) for word in _STORE_WORDS)


def is_refused_write(error: BaseException) -> bool:
    """Tell whether Redis answers and takes no write now: its disk or memory is full, or it lacks replicas."""
    return isinstance(error, ResponseError) and any(
        word in str(error) for word in ("OOM", "maxmemory", "MISCONF", "NOREPLICAS")
    )


def is_foreseen(error: BaseException | None) -> bool:
    """Tell whether a loop that meets this has only to wait.

    It would wait for ever for what its user may not do, and for a key of the wrong type.
    """
    if not isinstance(error, FORESEEN) or lacks_right(error):
        return False
    return is_store_error(error)
