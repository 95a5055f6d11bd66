"""The health of Redis itself, read from INFO. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Alarm: TypeAlias = Literal[
    "aof_failing",
    "evicting",
    "memory_full",
    "memory_nearly_full",
    "may_evict",
    "rewrite_failing",
    "snapshot_failing",
    "spool_failing",
]
"""The last is not of Redis: an ingest reports it."""
Refusal: TypeAlias = Literal["", "aof_failing", "memory_full", "snapshot_failing"]
"""Why Redis refuses every write; '' where it takes them."""

NEARLY_FULL = 0.85

ALARM_TEXTS: dict[Alarm, str] = {
    "aof_failing": "Redis cannot write its append-only file: look at its disk (space, rights, errors)",
    "rewrite_failing": "Redis could not rewrite its append-only file, which grows: free disk space, then"
    " redis-cli BGREWRITEAOF, or restart `make run`",
    "snapshot_failing": "Redis could not save its snapshot, and may refuse all writes: free disk space, then"
    " redis-cli BGSAVE SCHEDULE",
    "evicting": "Redis has thrown keys away to make room: set maxmemory-policy noeviction, raise maxmemory",
    "memory_full": "Redis is out of memory: nothing is committed, webhooks wait on disk; raise maxmemory",
    "memory_nearly_full": "Redis has used 85 % of its memory: raise maxmemory, or keep fewer messages",
    "may_evict": "Redis may throw keys away when memory runs short: set maxmemory-policy noeviction",
    "spool_failing": "ingest cannot write SPOOL_DIR, where webhooks wait for Redis: look at space and rights",
}
"""What each alarm means and how to fix it."""

REFUSAL_WORDS: dict[Refusal, str] = {
    "": "",
    "aof_failing": "Redis не может писать на диск: освободите место (df -h), дальше всё пойдёт само",
    "memory_full": "память Redis кончилась: увеличьте maxmemory, дальше всё пойдёт само",
    "snapshot_failing": "Redis не смог сохранить снимок на диск и ничего не принимает: освободите место"
    " (df -h), затем redis-cli BGSAVE SCHEDULE",
}
"""What a refusal means and what to do, in Russian."""
SNAPSHOT_WORDS = (
    "Redis не смог сохранить снимок на диск: освободите место (df -h), затем redis-cli BGSAVE SCHEDULE"
)
SPOOL_WORDS = "ingest не может писать в SPOOL_DIR: освободите место на диске или верните права на папку"


@dataclass(frozen=True, slots=True)
class RedisInfo:
    """Bytes `used` and `limit` (0: none is set), keys `evicted` since its start, and its append-only file.

    `aof_on` is None where Redis does not tell.
    """

    used: int
    limit: int
    evicted: int
    aof_on: bool | None
    aof_ok: bool
    aof_writes: bool
    saves: bool
    """Whether its last snapshot was saved; by default it refuses all writes while that fails."""
    policy: str
    takes_writes: bool = True
    """False where a failed snapshot stops them (health.py); the other reasons are told by the rest."""

    @property
    def share(self) -> float:
        """The share of its memory that is used; 0.0 where no limit is set."""
        return self.used / self.limit if self.limit else 0.0

    @property
    def is_full(self) -> bool:
        """Whether no memory is left for a write; one that may throw any key away always makes room."""
        return self.share >= 1.0 and not self.policy.startswith("allkeys-")

    @property
    def refusal(self) -> Refusal:
        """Why every write is refused; '' where they are taken."""
        if self.aof_on and not self.aof_writes:
            return "aof_failing"
        if not self.takes_writes:
            return "snapshot_failing"
        return "memory_full" if self.is_full else ""


def read_info(info: Mapping[str, Any]) -> RedisInfo:
    """Read INFO as redis-py parses it; a missing field counts as good."""
    writes, rewrites, saves = (
        str(info.get(word, "ok")) == "ok"
        for word in ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status")
    )
    return RedisInfo(
        used=int(info.get("used_memory", 0)),
        limit=int(info.get("maxmemory", 0)),
        evicted=int(info.get("evicted_keys", 0)),
        aof_on=str(info["aof_enabled"]) == "1" if "aof_enabled" in info else None,
        aof_ok=writes and rewrites,
        aof_writes=writes,
        saves=saves,
        policy=str(info.get("maxmemory_policy", "noeviction")),
    )


def alarms(info: RedisInfo) -> tuple[Alarm, ...]:
    """Return what needs action, the worst first."""
    found: list[Alarm] = []
    if info.refusal == "aof_failing":
        found.append("aof_failing")
    elif info.aof_on and not info.aof_ok:
        found.append("rewrite_failing")
    if not info.saves:
        found.append("snapshot_failing")
    if info.evicted:
        found.append("evicting")
    if info.is_full:
        found.append("memory_full")
    elif info.share >= NEARLY_FULL:
        found.append("memory_nearly_full")
    if info.limit and info.policy != "noeviction":
        found.append("may_evict")
    return tuple(found)
