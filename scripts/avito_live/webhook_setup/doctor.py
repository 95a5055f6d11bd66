"""`doctor`: checks everything between Avito and the panel; here are the checks on our own side."""

import sys
import time
from typing import Any

from avito_live.webhook_setup import avito_checks, network_checks
from avito_live.webhook_setup.context import FAILED, CommandContext
from avito_live.webhook_setup.row import Row, bad, good, table, warning
from shared.status import read_status
from shared.wires import heartbeat

_NEARLY_FULL = 0.7
_MIB = 1024 * 1024


async def doctor(context: CommandContext) -> int:
    """Check everything and print the table; exit code 1 if something must be fixed."""
    address = context.address.url
    rows = [
        good("settings", "all_given") if address else warning("settings", "no_domain", "give_domain"),
        *await _redis(context),
        *await network_checks.check(context),
        *await avito_checks.check(context),
        *await _system(context),
    ]
    print("\n".join(table(rows, context.language, colour=sys.stdout.isatty())))
    troubled = sum(row.state == "bad" for row in rows)
    print(context.word("summary_bad" if troubled else "summary_good", count=troubled))
    return FAILED if troubled else 0


async def _redis(context: CommandContext) -> list[Row]:
    """Check that Redis answers, persists and evicts nothing."""
    if context.redis_trouble:
        return [bad("redis", "just", "start_system", text=context.redis_trouble)]
    info: dict[str, Any] = await context.redis.info()
    version = info.get("redis_version", "?")
    return [good("redis", "answers", version=version), _persistence(info), _eviction(info), _memory(info)]


async def _system(context: CommandContext) -> list[Row]:
    """Check the running system by its own status."""
    if context.redis_trouble:
        return []
    status = await read_status(context.redis, time.time())
    living = await heartbeat.live_processes_by_kind(context.redis)
    counts = {part: len(names) for part, names in living.items()}
    if all(counts.values()):
        services = good("services", "alive", **counts)
    else:
        services = bad("services", "alive", "start_system", **counts)
    return [_mode(status), _last_webhook(status), _queue(status), services]


def _persistence(info: dict[str, Any]) -> Row:
    if {info.get("aof_last_write_status", "ok"), info.get("rdb_last_bgsave_status", "ok")} != {"ok"}:
        return bad("persistence", "save_failed", "free_disk")
    if info.get("aof_enabled"):
        return good("persistence", "aof")
    return warning("persistence", "no_aof", "enable_aof")


def _eviction(info: dict[str, Any]) -> Row:
    policy = str(info.get("maxmemory_policy", "?"))
    if policy == "noeviction":
        return good("eviction", "just", text=policy)
    return bad("eviction", "evicts", "noeviction", policy=policy)


def _memory(info: dict[str, Any]) -> Row:
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    figures = {"used": used // _MIB, "most": most // _MIB}
    if not most:
        return good("memory", "no_limit", **figures)
    if used < _NEARLY_FULL * most:
        return good("memory", "used", **figures)
    return bad("memory", "used", "more_memory", **figures)


def _mode(status: dict[str, Any]) -> Row:
    if status["mode"] == "webhook":
        return good("mode", "by_webhook")
    return warning("mode", "by_polling", "subscribe", reason=status["reason"] or "-")


def _last_webhook(status: dict[str, Any]) -> Row:
    last = status["last_webhook_at"]
    if last is None:
        return warning("last_webhook", "none_yet", "send_one")
    return good("last_webhook", "ago", minutes=max(0, int(time.time() - last) // 60))


def _queue(status: dict[str, Any]) -> Row:
    figures = {"waiting": status["inbox"]["waiting"], "dead": status["dead"], "spooled": status["spooled"]}
    late = (status["inbox"]["oldest_s"] or 0) > 10
    if late or status["dead"]:
        return bad("queue", "waits", "see_dead" if status["dead"] else "start_system", **figures)
    return good("queue", "waits", **figures)
