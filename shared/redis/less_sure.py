"""What is less sure with a Redis that keeps something from its users, as managed ones do.

Everything works without it; each process says once what it means.
"""

import logging
import re
from typing import Literal, TypeAlias

from redis.exceptions import NoPermissionError, ResponseError

Lacking: TypeAlias = Literal["info", "memory", "run_id", "wait"]

MEANINGS: dict[Lacking, str] = {
    "info": "Redis forbids INFO: its memory, its disk and its replicas are not watched, and a restart is"
    " noticed by a mark in its cache of scripts; where you may, ACL SETUSER … +info",
    "memory": "INFO does not tell `maxmemory`: a Redis that fills up is noticed when it refuses to write",
    "run_id": "Redis hides its run_id: a restart is noticed by a mark in its cache of scripts",
    "wait": "Redis forbids WAIT: a planned failover may lose replies and changes that were confirmed; where"
    " you may, ACL SETUSER … +wait, or `make redis-users` again",
}

_FORBIDDEN = re.compile(
    "unknown command|not (allowed|permitted|support(ed)?|available)\\b|disabled", re.IGNORECASE
)
_LOG = logging.getLogger("shared.redis")
_LOG.addHandler(logging.NullHandler())  # a command that configures no log shows none
_noted = set[Lacking]()


def note(lacking: Lacking) -> None:
    """Log what is less sure, once a process."""
    if lacking not in _noted:
        _noted.add(lacking)
        _LOG.warning("shared.redis.less_sure", extra={"reason": MEANINGS[lacking]})


def is_forbidden(error: Exception) -> bool:
    """Tell whether Redis refuses a command to our user, or to all. Pure."""
    return isinstance(error, NoPermissionError) or (
        isinstance(error, ResponseError) and _FORBIDDEN.search(str(error)) is not None
    )


def is_busy(error: ResponseError) -> bool:
    """Tell whether Redis refuses everything for a while, as a script of someone holds it. Pure."""
    return str(error).startswith("BUSY ")
