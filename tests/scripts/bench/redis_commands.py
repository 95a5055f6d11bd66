"""Counts the Redis commands of each process, by MONITOR and the local ports of the processes."""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

from redis import Redis

_LOOK_S = 0.5


def count_commands(port: int, pids: Mapping[str, int], seconds: float) -> dict[str, Counter[str]]:
    """Return the commands sent to the Redis at this port in `seconds`, by process and by command.

    Commands inside scripts are not counted, nor are connections that are opened and closed in between.
    """
    sent: dict[int, Counter[str]] = defaultdict(Counter)
    owners: dict[int, str] = {}
    with Redis(port=port) as redis, redis.monitor() as monitor:
        began = looked = time.time()
        while True:
            if time.time() - looked >= _LOOK_S:
                owners |= ports_of(pids)
                looked = time.time()
            if monitor.connection.can_read(timeout=_LOOK_S):
                command = monitor.next_command()
                if command["time"] - began > seconds:  # by Redis' clock, so that commands not read yet count
                    break
                if command["client_type"] == "tcp":
                    sent[int(command["client_port"])][_name(command["command"])] += 1
            elif time.time() - began > seconds:
                break
    owners |= ports_of(pids)
    counted: dict[str, Counter[str]] = {name: Counter() for name in pids}
    for client, commands in sent.items():
        if client in owners:
            counted[owners[client]] += commands
    return counted


def _name(command: str) -> str:
    return command.partition(" ")[0].upper()


def ports_of(pids: Mapping[str, int]) -> dict[int, str]:
    """Return the name of the process that owns each local TCP port."""
    by_inode = {inode: local for local, inode in _tcp()}
    owners: dict[int, str] = {}
    for name, pid in pids.items():
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            held = re.fullmatch(r"socket:\[(\d+)\]", _target(descriptor))
            if held and (local := by_inode.get(held[1])):
                owners[local] = name
    return owners


def _tcp() -> list[tuple[int, str]]:
    """Return local port and inode of every IPv4 connection of this machine."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return [(int(field[1].rpartition(":")[2], 16), field[9]) for field in fields]


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:  # closed meanwhile
        return ""
