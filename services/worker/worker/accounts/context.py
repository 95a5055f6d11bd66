"""What every job and loop works with for one account."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from arq.connections import ArqRedis

from worker.avito.client import AvitoClient
from worker.settings import Retention

ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class AccountContext:
    """The live objects of one account in this process.

    `keep`: how many messages of a chat are held. `clock` in Unix seconds.
    """

    redis: ArqRedis
    avito: AvitoClient
    account_id: int
    keep: int
    clock: Callable[[], float] = time.time
    kept: Retention = field(default_factory=Retention)


def context_of(context: dict[Any, Any]) -> AccountContext:
    """Return the account from the context that arq hands each job."""
    account = context[ACCOUNT]
    assert isinstance(account, AccountContext)  # noqa: S101 - arq's context is untyped
    return account
