"""Checks on our own side: settings, Redis, mode, queue, processes."""

import time
from typing import Any

from avito_live.webhook_setup.context import CommandContext
from avito_live.webhook_setup.doctor.row import Row, bad, good, warning
from avito_live.webhook_setup.doctor.words import words
from shared.redis import keys
from shared.status import read_status
from shared.wires import heartbeat

_NEARLY_FULL = 0.7
_MIB = 1024 * 1024


def settings(context: CommandContext) -> Row:
    """Check the public address; the other settings were read before."""
    if context.address.url:
        return good("settings", _say(context, "all_given"))
    return warning("settings", _say(context, "no_domain"), _say(context, "give_domain"))


async def redis(context: CommandContext) -> list[Row]:
    """Check that Redis answers, persists and evicts nothing."""
    if context.redis_trouble:
        return [bad("redis", context.redis_trouble, _say(context, "start_system"))]
    info: dict[str, Any] = await context.redis.info()
    return [
        good("redis", _say(context, "answers", version=info.get("redis_version", "?"))),
        _persistence(context, info),
        _eviction(context, info),
        _memory(context, info),
    ]


async def system(context: CommandContext) -> list[Row]:
    """Check the running system by its own status."""
    if context.redis_trouble:
        return []
    status = await read_status(context.redis, time.time())
    living = await heartbeat.live_processes_by_kind(context.redis)
    counts = {part: len(names) for part, names in living.items()}
    found = _say(context, "alive", **counts)
    services = (
        good("services", found)
        if all(counts.values())
        else bad("services", found, _say(context, "start_system"))
    )
    return [_mode(context, status), _last_webhook(context, status), await _queue(context, status), services]


def _persistence(context: CommandContext, info: dict[str, Any]) -> Row:
    if info.get("aof_last_write_status", "ok") != "ok" or info.get("rdb_last_bgsave_status", "ok") != "ok":
        return bad("persistence", _say(context, "save_failed"), _say(context, "free_disk"))
    if info.get("aof_enabled"):
        return good("persistence", _say(context, "aof"))
    return warning("persistence", _say(context, "no_aof"), _say(context, "enable_aof"))


def _eviction(context: CommandContext, info: dict[str, Any]) -> Row:
    policy = str(info.get("maxmemory_policy", "?"))
    if policy == "noeviction":
        return good("eviction", policy)
    return bad("eviction", _say(context, "evicts", policy=policy), _say(context, "noeviction"))


def _memory(context: CommandContext, info: dict[str, Any]) -> Row:
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if not most:
        return good("memory", _say(context, "no_limit", used=used // _MIB))
    found = _say(context, "used", used=used // _MIB, most=most // _MIB)
    return (
        good("memory", found)
        if used < _NEARLY_FULL * most
        else bad("memory", found, _say(context, "more_memory"))
    )


def _mode(context: CommandContext, status: dict[str, Any]) -> Row:
    if status["mode"] == "webhook":
        return good("mode", _say(context, "by_webhook"))
    reason = status["reason"] or "-"
    return warning("mode", _say(context, "by_polling", reason=reason), _say(context, "subscribe"))


def _last_webhook(context: CommandContext, status: dict[str, Any]) -> Row:
    last = status["last_webhook_at"]
    if last is None:
        return warning("last_webhook", _say(context, "none_yet"), _say(context, "send_one"))
    return good("last_webhook", _say(context, "ago", minutes=max(0, int(time.time() - last) // 60)))


async def _queue(context: CommandContext, status: dict[str, Any]) -> Row:
    waiting, dead, spooled = status["inbox"]["waiting"], status["dead"], status["spooled"]
    found = _say(context, "waits", waiting=waiting, dead=dead, spooled=spooled)
    late = (status["inbox"]["oldest_s"] or 0) > 10
    if late or await context.run("XLEN", keys.DEAD):
        return bad("queue", found, _say(context, "see_dead" if dead else "start_system"))
    return good("queue", found)


def _say(context: CommandContext, word: str, **values: object) -> str:
    return words(context.language, word, **values)
