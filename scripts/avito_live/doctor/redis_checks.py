"""Redis: its version, memory, persistence, role and clock; what is judged is read from INFO and TIME."""

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from avito_live.doctor import redis_rights
from avito_live.doctor.rows import Row, row
from avito_live.runner.redis_cli import SERVICE_USERS
from shared.process.redis_trouble import FORBIDDEN, FOREIGN, REFUSED, remedy_of, said
from shared.redis import sentinel_url, versions
from shared.redis.health import ask_info
from shared.redis.info import NEARLY_FULL, alarms, read_info

_MIB = 1024 * 1024
_LEAST_MIB = 512
_MOST_SKEW_S = 5.0
_NAMED = {FORBIDDEN: "redis_forbids", REFUSED: "redis_refuses", FOREIGN: "redis_foreign"}
_OTHER_PRODUCTS = ("dragonfly_version", "kvrocks_version")
_NO_FILE = Path("/dev/null")
_OVERCOMMIT = Path("/proc/sys/vm/overcommit_memory")


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """What was asked. `skew_s`: its clock less ours; `overcommit`: of the kernel, if Redis is here.

    `acl`: the file in which the user default has no rights, "" where it has them. `kept_back`: the commands
    that our user may not (redis_rights.py).
    """

    info: Mapping[str, Any] = field(default_factory=dict)
    skew_s: float = 0.0
    overcommit: str = ""
    by_sentinel: bool = False
    acl: str = ""
    kept_back: tuple[str, ...] = ()


def judge(facts: RedisFacts) -> list[Row]:
    """Return the rows of a Redis that answers. Pure."""
    info = facts.info
    if not info:
        return [row("redis_hides_info"), *_kept_back(facts)]
    used = int(info.get("used_memory", 0)) // _MIB
    rows = [row("redis_right", version=versions.version_of(info), used=used), *_product(info), *_alarms(info)]
    rows += _kept_back(facts)
    if str(info.get("role", "master")) != "master":
        rows.append(row("redis_read_only"))
    elif facts.by_sentinel and not int(info.get("connected_slaves", 0)):
        rows.append(row("no_replica"))
    if "aof_enabled" not in info:
        rows.append(row("redis_hides_disk"))
    elif str(info["aof_enabled"]) != "1":
        rows.append(row("no_aof"))
    elif facts.acl:  # whose rights it replays that file with
        rows.append(row("default_without_rights", where=facts.acl))
    clients, most = int(info.get("connected_clients", 0)), int(info.get("maxclients", 0))
    if most and clients >= NEARLY_FULL * most:
        rows.append(row("clients_nearly_full", clients=clients, most=most, more=2 * most))
    if facts.overcommit == "0":
        rows.append(row("overcommit", value=facts.overcommit))
    if abs(facts.skew_s) > _MOST_SKEW_S:
        rows.append(row("redis_clock_off", seconds=round(abs(facts.skew_s))))
    return rows


def trouble(error: Exception) -> Row:
    """Return the row of a Redis that cannot be asked. Pure."""
    remedy = remedy_of(error)
    if name := _NAMED.get(remedy) or ("" if remedy else "redis_away"):
        return row(name, error=said(error))
    return row("redis_troubled", error=said(error), remedy=remedy)


def _alarms(info: Mapping[str, Any]) -> list[Row]:
    """Return the alarms of the status, by the same names."""
    read = read_info(info)
    limit = read.limit // _MIB
    values = {"used": read.used // _MIB, "limit": limit, "more": max(2 * limit, _LEAST_MIB)}
    return [row(name, evicted=read.evicted, policy=read.policy, **values) for name in alarms(read)]


def _kept_back(facts: RedisFacts) -> list[Row]:
    """Return what is less sure with a Redis that keeps something back, as managed ones do."""
    info, kept_back = facts.info, facts.kept_back
    rows = [row("redis_hides_run_id")] if info and "run_id" not in info else []
    rows += [row("redis_hides_memory")] if info and "maxmemory" not in info else []
    rows += [row("no_snapshot")] if "SYNC" in kept_back else []
    rows += [row("no_wait")] if "WAIT" in kept_back else []
    if needed := [name for name in kept_back if name in redis_rights.NEEDED]:
        rows.append(row("redis_unfit", commands=", ".join(needed)))
    if commands := [name for name in kept_back if name not in ("SYNC", "WAIT", *needed)]:
        rows.append(row("redis_keeps_back", commands=", ".join(commands)))
    return rows


def _product(info: Mapping[str, Any]) -> list[Row]:
    if other := next((name for name in _OTHER_PRODUCTS if name in info), ""):
        return [row("redis_unknown", version=f"{other.partition('_')[0]} {info[other]}")]
    version = versions.version_of(info)
    if not versions.numbers(version):
        return [row("redis_unknown", version=version)]
    if versions.too_old(version):
        return [row("redis_too_old", version=version)]
    return [row("redis_old", version=version)] if versions.is_unmaintained(info) else []


async def ask(redis: Redis, url: str, users: Path = _NO_FILE) -> RedisFacts:
    """Ask Redis. `users`: the file of `make redis-users`. Raises redis.exceptions.RedisError."""
    info = await ask_info(redis)
    skew_s = 0.0
    with suppress(ResponseError):  # a user that may not ask the time
        began = time.time()
        seconds, micros = await redis.time()
        skew_s = seconds + micros / 1e6 - (began + time.time()) / 2
    acl = await _acl_without_rights(redis, users)
    by_sentinel = sentinel_url.names_sentinels(url)
    return RedisFacts(info, skew_s, _overcommit(info), by_sentinel, acl, await redis_rights.ask(redis))


async def _acl_without_rights(redis: Redis, users: Path) -> str:
    """Return the file in which the user default has no rights; with them Redis 7 replays its own file."""
    if redis.connection_pool.connection_kwargs.get("username") in SERVICE_USERS:  # which may not ask
        return str(users) if _is_without_rights(users) else ""
    try:
        default: dict[str, Any] = await redis.acl_getuser("default")
    except ResponseError:  # another user that may not
        return ""
    return "" if "+@all" in default.get("categories", ()) else "users.acl (its aclfile)"


def _is_without_rights(users: Path) -> bool:
    with suppress(OSError):
        return re.search(r"^user default (?!.*[+]@all)", users.read_text("utf-8"), re.MULTILINE) is not None
    return False


def _overcommit(info: Mapping[str, Any]) -> str:
    """Return the setting of this machine's kernel, '' where Redis is on another one or this is no Linux."""
    process = Path("/proc", str(info.get("process_id", "none")), "comm")
    try:
        is_here = re.match(r"redis|valkey", process.read_text("utf-8")) is not None
        return _OVERCOMMIT.read_text("utf-8").strip() if is_here else ""
    except OSError:
        return ""
