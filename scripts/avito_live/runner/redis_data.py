"""The files of a Redis of ours, before it starts: what cannot be read is cut off, or named and remedied."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path

from avito_live import env_file
from avito_live.runner import redis_version
from avito_live.runner.errors import RunError
from shared.redis import versions

_COPIES = "cut-off-*.aof"
_FILES_IN_A_FOLDER = (7,)
"""An older Redis does not see them: it would begin with no data."""
_TAIL = 64 * 1024
"""Bytes of commands behind a spoilt place that may go unasked: a power cut tears the last seconds."""
_COMMAND = re.compile(rb"\*\d+\r\n\$\d+\r\n")
_ANALYZED = re.compile(r"\bsize=(\d+), ok_up_to=(\d+),")
_STOPPED = re.compile(r"^0x\s*([0-9a-f]+): ", re.MULTILINE)
"""Where reading ended: behind the last whole command by what had come of one that was cut short."""
_NUMBERED = re.compile(r"appendonly\.aof\.(\d+)\.(base|incr)\.(?:rdb|aof)")
_LISTED = re.compile(r"file \S+ seq \d+ type [bhi]( .*)?")
_TROUBLES = (
    ("append-only dir .*(Not a directory|exists)", "{folder}/appendonlydir is no folder: move it away."),
    ("Permission denied", "{folder} belongs to another user: run this as that user, or chown -R it."),
    ("No space left", "there is no room for {folder}: free disk space, then start again."),
    ("RDB format version", "{folder} was written by a newer Redis: install that one again."),
    (
        "append only file|AOF|RDB|BUG REPORT",
        "Redis cannot read {folder}: move it; `make restore FILE=…` brings a backup, `make run` begins anew.",
    ),
)


def mend(folder: Path, program: str, *, cut: bool = False) -> list[str]:
    """Make the append-only file readable for this Redis; return what was done.

    A spoilt end is cut off and kept beside it, more than that only if `cut`. Raises RunError, OSError.
    """
    files = folder / "appendonlydir"
    if files.is_dir() and () < versions.numbers(redis_version.read(program)) < _FILES_IN_A_FOLDER:
        raise RunError(f"{folder} was written by a newer Redis than {program}: install that one again.")
    for place in (folder, files):
        for abandoned in (*place.glob("temp-*.aof"), *place.glob("temp-*.rdb")):  # by a killed rewrite
            abandoned.unlink()
    numbered = [found for path in files.glob("*") if (found := _NUMBERED.fullmatch(path.name))]
    ordered = sorted(numbered, key=lambda found: int(found[1]))
    bases, parts = ([found for found in ordered if found[2] == kind] for kind in ("base", "incr"))
    done = _list_again(files / "appendonly.aof.manifest", bases, parts) if numbered else []
    newest = files / parts[-1][0] if parts else folder / "appendonly.aof"
    return done + (_cut_end(newest, folder, program, cut=cut) if newest.exists() else [])


def remove_copies(folder: Path) -> None:
    """Remove what was cut off: it may hold data that must be forgotten. Raises OSError."""
    for copy in folder.glob(_COPIES):
        copy.unlink()


def explained(said: Sequence[str], folder: Path) -> str:
    """Return why a Redis ended before it was ready, with the remedy; '' where its words do not tell."""
    text = "\n".join(said)
    if "Bad file format" in text and any(map(_is_of_valkey, (folder / "appendonlydir").glob("*.base.rdb"))):
        return f"{folder} was written by a newer Valkey: install that one again."
    return next((words.format(folder=folder) for sign, words in _TROUBLES if re.search(sign, text)), "")


def _is_of_valkey(base: Path) -> bool:
    """Tell whether it begins as files of Valkey 9.1 and newer do, which others take for a spoilt one."""
    with base.open("rb") as file:
        return file.read(6) == b"VALKEY"


def _list_again(manifest: Path, bases: Sequence[re.Match[str]], parts: Sequence[re.Match[str]]) -> list[str]:
    """Write a list that is gone or spoilt again; without it Redis would begin with empty files."""
    text = manifest.read_text("utf-8", "replace") if manifest.exists() else ""
    if text and all(_LISTED.fullmatch(line) for line in text.splitlines()):
        return []
    if len(bases) != 1:
        raise RunError(explained(["AOF"], manifest.parent.parent))
    later = [found for found in parts if int(found[1]) >= int(bases[0][1])]
    lines = [f"file {found[0]} seq {found[1]} type {found[2][0]}\n" for found in (*bases, *later)]
    env_file.write(manifest, "".join(lines), 0o600)
    return [f"{manifest} was gone or spoilt, and was written again. Nothing is lost."]


def _cut_end(path: Path, folder: Path, program: str, *, cut: bool) -> list[str]:
    """Cut off what follows the last whole command. The server's program checks files under that name."""
    checked = subprocess.run(
        ["redis-check-aof", path],
        executable=program,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    found = _ANALYZED.search(checked.stdout)
    size, whole = map(int, found.groups()) if found else (0, 0)
    if size == whole:
        return []
    stopped = _STOPPED.search(checked.stdout)
    if not cut and _readable(path, max(whole, int(stopped[1], 16) if stopped else 0)) > _TAIL:
        raise RunError(
            f"{path} is spoilt at byte {whole} of {size}: `make run CUT=1` starts with what stands before it "
            "and keeps a copy of the rest."
        )
    copy = folder / time.strftime(_COPIES.replace("*", "%Y%m%d-%H%M%S"))
    _keep(path, whole, copy)
    os.truncate(path, whole)
    said = (
        f"The end of Redis' data could not be read: {size - whole} bytes were cut off and kept as {copy}. "
        "Avito's messages come back by themselves; look after notes and settings of the last minutes."
    )
    return [said]


def _readable(path: Path, start: int) -> int:
    """Return how many bytes follow from the first command after this byte on."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        found = _COMMAND.search(data, start)
        return len(data) - found.start() if found else 0


def _keep(path: Path, start: int, copy: Path) -> None:
    """Copy the file from a byte on; a copy that does not fit leaves nothing."""
    beside = copy.with_suffix(".new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with path.open("rb") as source, os.fdopen(descriptor, "wb") as target:
            source.seek(start)
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        beside.replace(copy)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
