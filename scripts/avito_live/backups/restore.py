"""Restores a backup into the empty Redis of a system whose services are stopped.

The Redis of a stopped `make run` is started for it. Chats that were forgotten on request since the backup are
forgotten again, access that ended since stays ended, and the remaining access is listed. An interrupted
restore is run again and starts over; no service starts until it is complete.
"""

import os
import time
from collections.abc import Set as AbstractSet
from pathlib import Path

from redis.asyncio import Redis

from avito_live.backups import (
    archive,
    ended_access,
    temporary_redis,
    transfer,
    unsent,
)
from avito_live.backups.counts import Counts, count
from avito_live.erasure import chats
from avito_live.runner import configuration, redis_address, stopped_redis
from avito_live.runner.errors import NotRunningError, RunError
from avito_live.runner.parts import SIMULATOR_KEYS
from avito_live.runner.plan import read_plan
from shared.redis import connection, keys, layout

_DEMO = frozenset({int(SIMULATOR_KEYS["AVITO_USER_ID"])})


class OtherAccountError(Exception):
    """The backup is of another account than the settings; the message says what to do."""


REFUSALS = (
    archive.NotABackupError,
    temporary_redis.NotReadableError,
    transfer.NotEmptyError,
    layout.NewerLayoutError,
    RunError,
    OtherAccountError,
)
"""Errors before anything is written."""


async def find_and_restore(path: Path) -> str:
    """Restore into the Redis of the system, or into that of a stopped `make run`."""
    values, home = configuration.load(os.environ), configuration.home(os.environ)
    account = values.get("AVITO_USER_ID", "").strip()
    try:
        url = redis_address.find(os.environ)
    except NotRunningError:
        into_demo = read_plan(values).demo
        async with stopped_redis.started(home, values) as own:
            said = await restore(path, own, home, account, into_demo=into_demo)
        return f"{said}\nNothing is running here, so the Redis of `make run` was used."
    return await restore(path, url, home, account)


async def restore(path: Path, url: str, home: Path, account: str = "", *, into_demo: bool = False) -> str:
    """Restore and return a report; `account` is AVITO_USER_ID.

    Raises one of REFUSALS, NotTakenError, RedisError, OSError.
    """
    with archive.opened(path) as (snapshot, label):
        async with (
            temporary_redis.started_from(snapshot) as source,
            connection.connect(url, names_epoch=False, timeout=30) as target,
        ):
            await layout.refuse_newer(source)
            held_accounts = map(int, await source.smembers(keys.ACCOUNTS))
            refuse_other(set(held_accounts), account, into_demo=into_demo)
            copied = await transfer.copy_all(source, target)
            held = await unsent.hold_back(source, target)
            people = await ended_access.end_again(target, ended_access.read(home))
            again = await chats.forget_again(target, chats.read_record(home))
            left_out = await what_was_left_out(source)
            await transfer.finish(source, target)
            counts = await count(target)
    return "\n".join(
        [
            f"Restored {copied} keys of {_when(label)}: {_listed(counts)}.",
            *([f"Forgotten again, as requested since then: {again} chats."] if again else []),
            *held.lines(),
            *people.lines(),
            *left_out,
            "Start the services; a sweep fetches the rest.",
        ]
    )


def refuse_other(held: AbstractSet[int], own: str, *, into_demo: bool) -> None:
    """Raise OtherAccountError unless a backup of these accounts may be restored here.

    `own`: AVITO_USER_ID, '' if it is not set. `into_demo`: the target is the demo's own Redis.
    """
    named = ", ".join(map(str, sorted(held)))
    if into_demo and not held <= _DEMO:
        raise OtherAccountError(
            f"no AVITO_… keys are set, so it would go into the demo, and the backup is of account {named}:"
            " put that system's .env here first"
        )
    if own.isdigit() and held and int(own) not in held:
        raise OtherAccountError(
            f"the backup is of account {named}, and AVITO_USER_ID is {own}: put that system's .env here first"
            " (to change the account, restore under the old one, then see `make account`)"
        )


async def what_was_left_out(source: Redis) -> list[str]:
    """Return notes on facts that come from the settings or from Avito instead. Raises RedisError."""
    said = []
    wanted = await source.hget(keys.FACTS, "wanted")
    if wanted is not None:
        then = "yes" if wanted == b"1" else "no"
        said.append(
            f"Not restored: whether webhooks are wanted (at that time: {then})."
            " The subscription at Avito decides; `make subscribe` and `make unsubscribe` change it."
        )
    if await source.exists(keys.ROTATION):
        said.append(
            "Not restored: the record of a change of the webhook's secret."
            " The settings say which secret is in use."
        )
    return said


def _when(label: archive.Label) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(label.at))


def _listed(counts: Counts) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())
