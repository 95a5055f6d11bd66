"""Our own side: settings, Redis, mode, queue, processes."""

import time
from typing import Any

from shared.process import heartbeat
from shared.redis import keys
from shared.status import read_status
from webhook_setup.context import Desk
from webhook_setup.doctor.row import Row, bad, good, warning
from webhook_setup.doctor.words import words

_NEARLY_FULL = 0.7
_MIB = 1024 * 1024


def settings(desk: Desk) -> Row:
    """The settings were read; what is left is the public address."""
    if desk.address.url:
        return good("settings", _say(desk, "all_given"))
    return warning("settings", _say(desk, "no_domain"), _say(desk, "give_domain"))


async def redis(desk: Desk) -> list[Row]:
    """Whether Redis keeps what it is given."""
    if desk.redis_trouble:
        return [bad("redis", desk.redis_trouble, _say(desk, "start_system"))]
    info: dict[str, Any] = await desk.redis.info()
    return [
        good("redis", _say(desk, "answers", version=info.get("redis_version", "?"))),
        _persistence(desk, info),
        _eviction(desk, info),
        _memory(desk, info),
    ]


async def system(desk: Desk) -> list[Row]:
    """How the running system is, by its own status."""
    if desk.redis_trouble:
        return []
    status = await read_status(desk.redis, time.time())
    living = await heartbeat.everyone(desk.redis)
    counts = {part: len(names) for part, names in living.items()}
    found = _say(desk, "alive", **counts)
    services = (
        good("services", found)
        if all(counts.values())
        else bad("services", found, _say(desk, "start_system"))
    )
    return [_mode(desk, status), _last_webhook(desk, status), await _queue(desk, status), services]


def _persistence(desk: Desk, info: dict[str, Any]) -> Row:
    if info.get("aof_last_write_status", "ok") != "ok" or info.get("rdb_last_bgsave_status", "ok") != "ok":
        return bad("persistence", _say(desk, "save_failed"), _say(desk, "free_disk"))
    if info.get("aof_enabled"):
        return good("persistence", _say(desk, "aof"))
    return warning("persistence", _say(desk, "no_aof"), _say(desk, "enable_aof"))


def _eviction(desk: Desk, info: dict[str, Any]) -> Row:
    policy = str(info.get("maxmemory_policy", "?"))
    if policy == "noeviction":
        return good("eviction", policy)
    return bad("eviction", _say(desk, "evicts", policy=policy), _say(desk, "noeviction"))


def _memory(desk: Desk, info: dict[str, Any]) -> Row:
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if not most:
        return good("memory", _say(desk, "no_limit", used=used // _MIB))
    found = _say(desk, "used", used=used // _MIB, most=most // _MIB)
    return (
        good("memory", found)
        if used < _NEARLY_FULL * most
        else bad("memory", found, _say(desk, "more_memory"))
    )


def _mode(desk: Desk, status: dict[str, Any]) -> Row:
    if status["mode"] == "webhook":
        return good("mode", _say(desk, "by_webhook"))
    reason = status["reason"] or "-"
    return warning("mode", _say(desk, "by_polling", reason=reason), _say(desk, "subscribe"))


def _last_webhook(desk: Desk, status: dict[str, Any]) -> Row:
    last = status["last_webhook_at"]
    if last is None:
        return warning("last_webhook", _say(desk, "none_yet"), _say(desk, "send_one"))
    return good("last_webhook", _say(desk, "ago", minutes=max(0, int(time.time() - last) // 60)))


async def _queue(desk: Desk, status: dict[str, Any]) -> Row:
    waiting, dead, spooled = status["inbox"]["waiting"], status["dead"], status["spooled"]
    found = _say(desk, "waits", waiting=waiting, dead=dead, spooled=spooled)
    late = (status["inbox"]["oldest_s"] or 0) > 10
    if late or await desk.run("XLEN", keys.DEAD):
        return bad("queue", found, _say(desk, "see_dead" if dead else "start_system"))
    return good("queue", found)


def _say(desk: Desk, word: str, **values: object) -> str:
    return words(desk.language, word, **values)
