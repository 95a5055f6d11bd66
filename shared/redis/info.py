"""The health of Redis itself, read from INFO. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Alarm: TypeAlias = Literal["aof_failing", "evicting", "memory_full", "memory_nearly_full", "may_evict"]

NEARLY_FULL = 0.85

ALARM_TEXTS: dict[Alarm, str] = {
    "aof_failing": "Redis cannot write its append-only file: look at its disk (space, rights, errors)",
    "evicting": "Redis has thrown keys away to make room: set maxmemory-policy noeviction, raise maxmemory",
    "memory_full": "Redis is out of memory: nothing is committed, webhooks wait on disk; raise maxmemory",
    "memory_nearly_full": "Redis has used 85 % of its memory: raise maxmemory, or keep fewer messages",
    "may_evict": "Redis may throw keys away when memory runs short: set maxmemory-policy noeviction",
}
"""What each alarm means and how to fix it."""


@dataclass(frozen=True, slots=True)
class RedisInfo:
    """Bytes `used` and `limit` (0: none is set), keys `evicted` since its start, and its append-only file."""

    used: int
    limit: int
    evicted: int
    aof_on: bool
    aof_ok: bool
    policy: str

    @property
    def share(self) -> float:
        """The share of its memory that is used; 0.0 where no limit is set."""
        return self.used / self.limit if self.limit else 0.0


def read_info(info: Mapping[str, Any]) -> RedisInfo:
    """Read INFO as redis-py parses it; a missing field counts as good."""
    ended_well = all(
        str(info.get(word, "ok")) == "ok" for word in ("aof_last_write_status", "aof_last_bgrewrite_status")
    )
    return RedisInfo(
        used=int(info.get("used_memory", 0)),
        limit=int(info.get("maxmemory", 0)),
        evicted=int(info.get("evicted_keys", 0)),
        aof_on=str(info.get("aof_enabled", "0")) == "1",
        aof_ok=ended_well,
        policy=str(info.get("maxmemory_policy", "noeviction")),
    )


def alarms(info: RedisInfo) -> tuple[Alarm, ...]:
    """Return what needs action, the worst first."""
    found: list[Alarm] = []
    if info.aof_on and not info.aof_ok:
        found.append("aof_failing")
    if info.evicted:
        found.append("evicting")
    if info.share >= 1.0:
        found.append("memory_full")
    elif info.share >= NEARLY_FULL:
        found.append("memory_nearly_full")
    if info.limit and info.policy != "noeviction":
        found.append("may_evict")
    return tuple(found)
