"""`make backup`: writes all data of the system, as of one instant, to one file.

The file is FILE=…, by default var/backups/avito-live-<time>.tar. If the system is a `make run` that is
stopped, its Redis is started for the backup. Access that ended is recorded in var/access-ended.jsonl, so
that a restore does not revive it. Exit code 0: written; 1: not written.
"""

import os
import sys
import time
from pathlib import Path

from redis.exceptions import RedisError

from avito_live.backups import archive, ended_access, interruptible, snapshot, work_folder
from avito_live.backups.counts import count
from avito_live.runner import configuration, redis_command
from avito_live.runner.errors import NotRunningError, RunError
from shared import __version__
from shared.redis import connection, layout
from shared.settings import SettingsError, exit_with

_FAILURES = (snapshot.SnapshotError, layout.NewerLayoutError, RunError, RedisError, OSError)


async def find_and_back_up(path: Path, home: Path, now: float) -> archive.Label:
    """Write a backup of the system's Redis. Raises what `back_up` and `system_redis` raise."""
    async with redis_command.system_redis() as url:
        return await back_up(url, path, home, now)


async def back_up(url: str, path: Path, home: Path, now: float) -> archive.Label:
    """Write a backup of the Redis at this URL.

    Raises SnapshotError, NewerLayoutError (also of an unfinished restore), RedisError, OSError.
    """
    async with connection.connect(url, names_epoch=False, timeout=10) as redis:
        await layout.refuse_newer(redis)
        with work_folder.opened(path.parent) as folder:
            taken = folder / "dump.rdb"
            before = await count(redis)
            if await snapshot.take(url, taken):
                print(
                    "Redis wrote a copy, dump.rdb, into its own folder: `repl-diskless-sync yes` in its"
                    " configuration avoids that.",
                    file=sys.stderr,
                )
            after = await count(redis)
            label = archive.Label(now, __version__, archive.digest(taken), before, after)
            archive.write(path, taken, label)
        await ended_access.keep_up(home, redis)
    return label


def place(now: float) -> Path:
    """Return the path of the backup."""
    if given := os.environ.get("FILE", "").strip():
        return Path(given).absolute()
    name = time.strftime("avito-live-%Y%m%d-%H%M%S.tar", time.localtime(now))
    return configuration.home(os.environ) / "var" / "backups" / name


def main() -> int:
    """Write the backup and print what it holds."""
    now = time.time()
    path = place(now)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        label = interruptible.run(find_and_back_up(path, configuration.home(os.environ), now))
    except SettingsError as error:
        exit_with(error)
    except NotRunningError as error:
        print(error, file=sys.stderr)
        return 1
    except _FAILURES as error:
        print(f"No backup was made: {error}", file=sys.stderr)
        return 1
    except interruptible.CutOffError:
        print("No backup was made: it was interrupted.", file=sys.stderr)
        return 130
    held = ", ".join(f"{number} {name}" for name, number in label.after.items())
    print(f"{path}\n{path.stat().st_size} bytes: {held}\nTry it now: make restore-check")
    return 0


if __name__ == "__main__":
    sys.exit(main())
