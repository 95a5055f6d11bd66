"""Backups: made, checked and restored."""

import os
import shlex
import sys
import time
from pathlib import Path

import click

from avito_live import interruptible
from avito_live.backups import archive
from avito_live.backups.backup import find_and_back_up, restored
from avito_live.backups.counts import outside
from avito_live.backups.restore import find_and_restore
from avito_live.confirmation import YES, confirm
from avito_live.outcome import told
from avito_live.output import tell
from avito_live.runner import configuration
from avito_live.runner.errors import RunError


def _file(_context: click.Context, _parameter: click.Parameter, file: Path | None) -> Path | None:
    if file and file.is_dir():  # an empty argument is the current folder
        raise click.BadParameter("it is a folder, or empty")
    if file == Path("-"):
        raise click.BadParameter("give it a name: a backup is no stream")
    return file


_FILE = click.argument("file", type=click.Path(path_type=Path), required=False, callback=_file)


@click.command
@_FILE
@YES
def backup(file: Path | None, *, yes: bool) -> None:
    """Write all data of the system to one FILE.

    It holds the data of one instant. By default it is var/backups/avito-live-<time>.tar. A FILE that exists
    is replaced only if you agree; a script without a terminal replaces a backup of before. If the system is a
    `make run` that is stopped, its Redis is started for the backup.
    """
    now, home = time.time(), configuration.home(os.environ)
    name = time.strftime("avito-live-%Y%m%d-%H%M%S.tar", time.localtime(now))
    path = (file or home / "var" / "backups" / name).absolute()
    with told("No backup was made: {}."):
        if os.path.lexists(path):
            nightly = not sys.stdin.isatty() and archive.is_backup(path)
            confirm(f"{path} exists. Replace it?", yes=yes or nightly)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        label = interruptible.run(find_and_back_up(path, home, now))
    held = ", ".join(f"{number} {name}" for name, number in label.after.items())
    which = f" FILE={shlex.quote(str(path))}" if file else ""
    tell(f"{path}\n{path.stat().st_size} bytes: {held}\nTry it now: make restore-check{which}")


@click.command
@_FILE
def restore_check(file: Path | None) -> int:
    """Restore a backup into a temporary Redis to check it.

    That is the newest backup, or FILE. Exit code 0: every count is between those of the system just before
    and just after the backup, and the data is consistent.
    """
    path = file or archive.newest(configuration.home(os.environ) / "var" / "backups")
    if path is None:
        raise RunError("There is no backup in var/backups: run make backup")
    with told("This backup cannot be restored: {}."):
        _look_at(path)
        label, counts, wrong = interruptible.run(restored(path.absolute()))
    wrong += outside(counts, label.before, label.after)
    made = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(label.at))
    tell(f"{path.absolute()}, version {label.version}, {made}")
    tell(f"{'':<14}{'system':>10}{'restored':>10}")
    for name, number in counts.items():
        tell(f"{name:<14}{label.after[name]:>10}{number:>10}")
    for fault in wrong:
        tell(f"wrong: {fault}")
    tell("The backup does not hold." if wrong else "The backup holds: it was restored and compared.")
    return 1 if wrong else 0


@click.command
@_FILE
def restore(file: Path | None) -> None:
    """Restore a backup into an empty Redis.

    Stop the services of the system first. The Redis of a stopped `make run` is started for it. Chats
    forgotten since the backup are forgotten again, access that ended since stays ended. An interrupted
    restore is run again and starts over.
    """
    if file is None:
        raise click.UsageError("Which backup? make restore FILE=var/backups/….tar")
    with told("Nothing was restored: {}.", "The restore stopped: {}. Run it again: it starts over.") as work:
        _look_at(file)
        said = interruptible.run(find_and_restore(file.absolute(), work))
    tell(said)


def _look_at(file: Path) -> None:
    """Raise RunError for what is no file (a pipe would be waited for without end); warn of a readable one."""
    if not file.is_file():
        raise RunError(f"there is no file {file}")
    if file.stat().st_mode & 0o044:
        tell(f"Other users of this machine can read {file}: chmod 600 keeps it from them.", err=True)
