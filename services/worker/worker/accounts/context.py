"""What every job and loop of this process works with."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from arq.connections import ArqRedis

from worker.avito.client import AvitoClient
from worker.settings import Retention

WORK = "work"


@dataclass(frozen=True, slots=True)
class AccountContext:
    """The live objects of one worker process. `clock` in Unix seconds."""

    redis: ArqRedis
    avito: AvitoClient
    account_id: int
    keep: int
    clock: Callable[[], float] = time.time
    kept: Retention = field(default_factory=Retention)


def context_of(context: dict[Any, Any]) -> AccountContext:
    """Return what arq hands each job."""
    work = context[WORK]
    assert isinstance(work, AccountContext)  # noqa: S101 - arq's context is untyped
    return work
