"""`make restore-check`: restores the newest backup (or FILE=…) into a temporary Redis and compares counts.

Exit code 0: every count is between those of the system just before and just after the backup, and the data is
consistent; 1: it is not, or there is no readable backup.
"""

import os
import sys
import time
from pathlib import Path

from avito_live.backups import archive, interruptible, temporary_redis
from avito_live.backups.counts import Counts, count, faults, outside
from avito_live.runner import configuration


async def restored(path: Path) -> tuple[archive.Label, Counts, list[str]]:
    """Return label, counts and faults of a backup. Raises NotABackupError, NotReadableError, OSError."""
    with archive.opened(path) as (snapshot, label):
        async with temporary_redis.started_from(snapshot) as redis:
            return label, await count(redis), await faults(redis)


def chosen() -> Path | None:
    """Return the backup to check."""
    if given := os.environ.get("FILE", "").strip():
        return Path(given).absolute()
    return archive.newest(configuration.home(os.environ) / "var" / "backups")


def main() -> int:
    """Check the backup and print a table."""
    path = chosen()
    if path is None:
        print("There is no backup in var/backups: run make backup", file=sys.stderr)
        return 1
    try:
        label, counts, wrong = interruptible.run(restored(path))
    except (archive.NotABackupError, temporary_redis.NotReadableError, OSError) as error:
        print(f"This backup cannot be restored: {error}", file=sys.stderr)
        return 1
    except interruptible.CutOffError:
        print("The check was interrupted.", file=sys.stderr)
        return 130
    wrong += outside(counts, label.before, label.after)
    print(f"{path}, version {label.version}, {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(label.at))}")
    print(f"{'':<14}{'system':>10}{'restored':>10}")
    for name, number in counts.items():
        print(f"{name:<14}{label.after[name]:>10}{number:>10}")
    for fault in wrong:
        print(f"wrong: {fault}")
    print("The backup does not hold." if wrong else "The backup holds: it was restored and compared.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
