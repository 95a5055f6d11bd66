"""A backup: one tar file with the snapshot and a label that says what it holds."""

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from avito_live.backups import work_folder
from avito_live.backups.counts import Counts
from avito_live.runner.errors import RunError
from shared.redis.layout import LAYOUT

_SNAPSHOT, _LABEL = "dump.rdb", "backup.json"


@dataclass(frozen=True, slots=True)
class Label:
    """The label of a backup. `at` in Unix seconds; counts just before and just after the snapshot.

    `database`: the one with our data; the snapshot has all.
    """

    at: float
    version: str
    sha256: str
    before: Counts
    after: Counts
    database: int = 0


def write(path: Path, snapshot: Path, label: Label) -> None:
    """Write the file atomically, readable by its owner only, from the snapshot's folder.

    Raises OSError.
    """
    written, text = snapshot.with_name("backup.tar"), snapshot.with_name(_LABEL)
    text.write_bytes(orjson.dumps(asdict(label), option=orjson.OPT_INDENT_2))
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
        tar.add(snapshot, _SNAPSHOT)
        tar.add(text, _LABEL)
        tar.close()
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)


def is_backup(path: Path) -> bool:
    """Tell whether this is a backup of ours, whole or not."""
    try:
        with tarfile.open(path) as tar:
            return {_SNAPSHOT, _LABEL}.issubset(tar.getnames())
    except (tarfile.TarError, OSError):
        return False


@contextmanager
def opened(path: Path) -> Iterator[tuple[Path, Label]]:
    """Unpack a backup for the length of the block. Raises RunError, OSError."""
    with work_folder.opened() as folder:
        try:
            with tarfile.open(path) as tar:
                _unpack(tar, folder)
            label = Label(**orjson.loads((folder / _LABEL).read_bytes()))
        except (tarfile.TarError, KeyError, TypeError, ValueError) as error:
            raise RunError(f"{path} is not a backup of Avito Live ({type(error).__name__})") from None
        if digest(folder / _SNAPSHOT) != label.sha256:
            raise RunError(f"{path} is damaged: its contents are not what was written")
        if label.after.get("layout", 0) > LAYOUT:
            raise RunError(
                f"{path} is of version {label.version}, whose data this version does not know: "
                "install that one, or take an older backup"
            )
        yield folder / _SNAPSHOT, label


def _unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Write the members to files; `extract` is safe with a filter alone, which Python 3.11.2 has not."""
    try:
        for member in (_SNAPSHOT, _LABEL):
            source = tar.extractfile(member)
            if source is None:
                raise KeyError(member)
            with source, (folder / member).open("xb") as target:
                shutil.copyfileobj(source, target)
    except OSError as error:
        raise RunError(f"{folder.parent} cannot hold it: {error}; TMPDIR=… names another folder") from None


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def newest(folder: Path) -> Path | None:
    """Return the newest backup in a folder by its name, which begins with its time."""
    return max(folder.glob("avito-live-*.tar"), default=None)
