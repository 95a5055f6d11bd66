"""Which process sends Redis how many commands: MONITOR, and the ports that each process holds."""

import re
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from redis import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from bench_suite.stage import Process

_LOOK_S = 0.5


def count_commands(port: int, processes: Iterable[Process], seconds: float) -> dict[str, int]:
    """Return the commands sent to the Redis at this port in that time, by name of the process.

    What scripts do inside Redis is not counted; nor is a connection that came and went in between.
    """
    sent: Counter[int] = Counter()
    owners: dict[int, str] = {}
    with Redis(port=port, socket_timeout=_LOOK_S) as redis, redis.monitor() as monitor:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            try:
                command = monitor.next_command()
            except RedisTimeoutError:
                continue
            finally:
                owners |= ports_of(processes)
            if command["client_type"] == "tcp" and time.monotonic() < ends:
                sent[int(command["client_port"])] += 1
    counted = dict.fromkeys((process.name for process in processes if process.name != "redis"), 0)
    for client, commands in sent.items():
        if owners.get(client) in counted:
            counted[owners[client]] += commands
    return counted


def ports_of(processes: Iterable[Process]) -> dict[int, str]:
    """Return whose the local TCP ports are."""
    by_inode = {inode: local for local, inode in _tcp()}
    owners: dict[int, str] = {}
    for process in processes:
        for descriptor in Path(f"/proc/{process.popen.pid}/fd").iterdir():
            held = re.fullmatch(r"socket:\[(\d+)\]", _target(descriptor))
            if held and (local := by_inode.get(held[1])):
                owners[local] = process.name
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
