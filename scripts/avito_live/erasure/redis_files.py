"""Rewrites the files of Redis, so that removed data is gone from its disk as well."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

_PATIENCE_S = 600.0
_LOOK_S = 0.05
_WRITTEN = "Redis' files were rewritten: it is gone from there, too."
_STILL = "what was removed is still in Redis' files, which could not be rewritten"
_SERVERS = ("redis-server", "valkey-server")


class StillInFilesError(Exception):
    """What was removed is still in files of Redis; the text says what its admin has to run."""


async def rewrite(store: Redis) -> list[str]:
    """Rewrite the append-only file and dump.rdb; return a report. Raises StillInFilesError."""
    failed = []
    try:
        info = await store.info()
        if info.get("aof_enabled") and not await _done(
            store, "BGREWRITEAOF", "aof_rewrite", "aof_last_bgrewrite"
        ):
            failed.append("redis-cli BGREWRITEAOF")
        if _may_have_dump(info) and not await _done(store, "BGSAVE", "rdb_bgsave", "rdb_last_bgsave"):
            failed.append("redis-cli BGSAVE")
    except RedisError as error:
        by_hand = "redis-cli BGREWRITEAOF, redis-cli BGSAVE"
        raise StillInFilesError(f"{_STILL} ({error}); as Redis' admin: {by_hand}") from None
    if failed:
        raise StillInFilesError(f"{_STILL}; as Redis' admin: {', '.join(failed)}")
    said = [_WRITTEN]
    if replicas := int(info.get("connected_slaves", 0)):
        said.append(f"{replicas} replicas have files of their own: BGREWRITEAOF and BGSAVE on each.")
    return said


async def _done(store: Redis, command: str, working: str, ended: str) -> bool:
    """Run the command and wait for its end; False if it is not permitted or fails."""
    deadline = time.monotonic() + _PATIENCE_S
    given = False
    while time.monotonic() < deadline:
        info = await store.info("persistence")
        if not (info.get(f"{working}_in_progress") or info.get(f"{working}_scheduled")):
            if given:
                return bool(info.get(f"{ended}_status") == "ok")
            try:
                await store.execute_command(command)
                given = True
            except ResponseError as error:
                if "progress" not in str(error) and "active" not in str(error):
                    return False
        await asyncio.sleep(_LOOK_S)  # Redis is writing this file, or another one
    return False


def _may_have_dump(info: Mapping[str, Any]) -> bool:
    """Whether Redis may have a dump.rdb: True unless its folder can be seen from here and has none."""
    if not info.get("aof_enabled"):
        return True
    process = Path("/proc") / str(info.get("process_id"))
    try:
        here = (process / "comm").read_text().strip() in _SERVERS
        folder = (process / "cwd").readlink()
        return not here or not any(folder.glob("appendonly*")) or any(folder.glob("*.rdb"))
    except OSError:
        return True
