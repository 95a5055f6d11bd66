"""The disks that hold data: room and inodes of folders here, and of ingest's spool where that runs."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avito_live.doctor.rows import Row, row
from shared.process.vitals import disk_facts
from shared.redis.info import NEARLY_FULL

_MIB = 1024 * 1024
_LEAST_FREE = 200 * _MIB
_LEAST_INODES = 1000


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk: bytes in all and free, inodes free (None: it does not count them)."""

    where: str
    size: int
    free: int
    inodes: int | None = None


def judge(disks: Iterable[Disk]) -> list[Row]:
    """Return the rows: what is wrong of each disk, else one for all. Pure."""
    disks = list(disks)
    troubled = [found for disk in disks for found in _troubles(disk)]
    if troubled or not disks:
        return troubled
    fullest = min(disks, key=lambda disk: disk.free)
    return [row("disk_right", free=fullest.free // _MIB, where=fullest.where)]


def _troubles(disk: Disk) -> list[Row]:
    rows = []
    share = 1 - disk.free / disk.size if disk.size else 0.0
    if disk.free < _LEAST_FREE:
        rows.append(row("disk_full", where=disk.where, free=disk.free // _MIB))
    elif share >= NEARLY_FULL:
        rows.append(row("disk_nearly_full", where=disk.where, share=int(share * 100)))
    if disk.inodes is not None and disk.inodes < _LEAST_INODES:
        rows.append(row("no_inodes", where=disk.where, left=disk.inodes))
    return rows


def look(folders: Iterable[Path]) -> list[Disk]:
    """Look at the disks of these folders, or of what they will be made in; each disk once."""
    found: dict[int, Disk] = {}
    for folder in folders:
        there = next((path for path in (folder, *folder.parents) if path.exists()), None)
        if there is None:
            continue
        with suppress(OSError):
            found.setdefault(there.stat().st_dev, _disk(str(there), disk_facts(there)))
    return list(found.values())


def of_spools(ingests: Mapping[str, Mapping[str, Any]]) -> list[Disk]:
    """Read the disks of the spools from the heartbeats of ingest. Pure."""
    return [_disk(f"spool of {name}", facts["disk"]) for name, facts in ingests.items() if "disk" in facts]


def _disk(where: str, told: list[int | None]) -> Disk:
    size, free, inodes = told
    return Disk(where, size or 0, free or 0, inodes)
