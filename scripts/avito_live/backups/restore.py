"""Restores a backup into the empty Redis of a system whose services are stopped.

An interrupted restore is run again and starts over; no service starts until it is complete.
"""

import os
import time
from collections.abc import Set as AbstractSet
from pathlib import Path

from avito_live.backups import archive, ended_access, temporary_redis, transfer, unsent
from avito_live.backups.counts import count
from avito_live.erasure import chats
from avito_live.outcome import Work
from avito_live.runner import configuration, embedded_redis, redis_address
from avito_live.runner.errors import NotRunningError, RunError
from avito_live.runner.parts import SIMULATOR_KEYS, chosen_demo
from shared.redis import connection, keys

_DEMO = frozenset({int(SIMULATOR_KEYS["AVITO_USER_ID"])})


async def find_and_restore(path: Path, work: Work) -> str:
    """Restore into the Redis of the system, or into that of a stopped `make run`."""
    values, home = configuration.load(os.environ), configuration.home(os.environ)
    account = values.get("AVITO_USER_ID", "").strip()
    try:
        url = redis_address.find(os.environ)
    except NotRunningError:
        into_demo = chosen_demo(values)
        async with embedded_redis.of_stopped_run(home, values) as own:
            said = await restore(path, own, home, work, account, into_demo=into_demo)
        return f"{said}\nNothing is running here, so the Redis of `make run` was used."
    return await restore(path, url, home, work, account)


async def restore(
    path: Path, url: str, home: Path, work: Work, account: str = "", *, into_demo: bool = False
) -> str:
    """Restore and return a report; `account` is AVITO_USER_ID. `work` begins when the target is marked.

    Raises RunError before anything is written, RedisError, OSError.
    """
    with archive.opened(path) as (snapshot, label):
        async with (
            temporary_redis.started_from(snapshot, label.database) as source,
            connection.connect(url, names_epoch=False, timeout=30) as target,
        ):
            refuse_other(set(map(int, await source.smembers(keys.ACCOUNTS))), account, into_demo=into_demo)
            await transfer.refuse_full(target)
            work.begun = True
            await transfer.begin(target)
            copied = await transfer.copy_all(source, target)
            held = await unsent.hold_back(source, target)
            access = await ended_access.end_again(target, home)
            again = await chats.forget_again(target, home)
            await transfer.finish(source, target)
            counts = await count(target)
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(label.at))
    listed = ", ".join(f"{number} {name}" for name, number in counts.items())
    return "\n".join(
        [
            f"Restored {copied} keys of {when}: {listed}.",
            *([f"Forgotten again, as requested since then: {again} chats."] if again else []),
            *held,
            *access,
            "Not restored: whether webhooks are wanted, and a change of the webhook's secret.",
            "Avito's list and the settings decide; `make subscribe` and `make unsubscribe` change the first.",
            "Start the services; a sweep fetches the rest.",
        ]
    )


def refuse_other(held: AbstractSet[int], own: str, *, into_demo: bool) -> None:
    """Raise RunError unless a backup of these accounts may be restored here.

    `own`: AVITO_USER_ID, '' if it is not set. `into_demo`: the target is the demo's own Redis.
    """
    named = ", ".join(map(str, sorted(held)))
    if into_demo and not held <= _DEMO:
        raise RunError(
            f"no AVITO_… keys are set, so it would go into the demo, and the backup is of account {named}:"
            " put that system's .env here first"
        )
    if own.isdigit() and held and int(own) not in held:
        raise RunError(
            f"the backup is of account {named}, and AVITO_USER_ID is {own}: put that system's .env here first"
            " (to change the account, restore under the old one, then see `make account`)"
        )
