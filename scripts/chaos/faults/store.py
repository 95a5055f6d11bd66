"""A Redis that dies, loses data or is full."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import httpx2
import orjson
from websockets.exceptions import WebSocketException

from chaos.faults.processes import frozen
from chaos.stage import Stage
from shared.redis import keys
from testbed.panel_client import PANEL
from testbed.waiting import until

_HELD_UP = 50


@asynccontextmanager
async def redis_killed(stage: Stage, appendfsync: str = "everysec", lost: int = 0) -> AsyncIterator[None]:
    """Kill -9 Redis, cut the last `lost` bytes off its AOF as a power cut does, and start it again."""
    async with stage.system.redis as redis:
        await redis.config_set("appendfsync", appendfsync)
        await asyncio.sleep(0.5)  # some writes under this policy
    await stage.system.kill("redis")
    newest = aof(stage)
    os.truncate(newest, max(0, newest.stat().st_size - lost))
    yield
    await stage.system.start("redis")


@asynccontextmanager
async def redis_full(stage: Stage) -> AsyncIterator[None]:
    """Set `maxmemory` so low that Redis refuses every write, also deletions by a script."""
    async with stage.system.redis as redis:
        await redis.config_set("maxmemory", 1)
        try:
            yield
        finally:
            await redis.config_set("maxmemory", 0)


@asynccontextmanager
async def commits_refused(stage: Stage) -> AsyncIterator[None]:
    """Fill the inbox, then let Redis refuse every script of the worker that commits it."""
    async with frozen(stage, "worker"), stage.system.redis as redis:

        async def is_filled() -> bool:
            return int(await redis.xlen(keys.INBOX)) >= _HELD_UP

        await until(is_filled, within=30)
        await redis.config_set("maxmemory", 1)
    async with redis_full(stage):
        yield


@asynccontextmanager
async def full_and_read(stage: Stage) -> AsyncIterator[None]:
    """Fill Redis, cut the gateway's subscription, and open a second window of an operator."""
    gateway = stage.screen.gateways[0]
    async with redis_full(stage):
        await kill_subscriptions(stage)
        yield
        async with stage.screen.at(gateway) as panel:
            stage.notes += await _unread(panel.http, stage)
            try:
                async with asyncio.timeout(10), stage.screen.socket(panel) as ws:
                    if not orjson.loads(await ws.recv()).get("recovered"):
                        stage.notes.append("while Redis was full a socket did not resume")
            except (OSError, WebSocketException, TimeoutError) as error:
                stage.notes.append(f"while Redis was full a new socket got {error!r}")


async def _unread(http: httpx2.AsyncClient, stage: Stage) -> list[str]:
    epoch, seq = stage.screen.place or ("", 0)
    thread = f"api/chats/{quote(stage.system.chats[0], '')}/messages"
    paths = ("", "api/chats", "api/chats?q=a", thread, f"api/events?epoch={epoch}&seq={seq}")
    told = {path: (await http.get(PANEL + path)).status_code for path in paths}
    return [f"while Redis was full GET {path} answered {code}" for path, code in told.items() if code != 200]


@asynccontextmanager
async def master_killed(stage: Stage, unheard_s: float = 0.0) -> AsyncIterator[None]:
    """Kill -9 the master; no replica has the writes of its last `unheard_s` seconds.

    Afterwards it comes back and must become a replica.
    """
    assert stage.group is not None  # noqa: S101 - the experiment's setup asks for it
    master_port, before = stage.group.master_port, stage.system.redis_server.port
    if unheard_s:
        await asyncio.to_thread(stage.group.disconnect_replicas)
        await asyncio.sleep(unheard_s)
    await stage.system.kill("redis")
    await until(lambda: asyncio.to_thread(lambda: master_port() != before), within=60)
    yield
    await stage.system.start("redis")


async def kill_subscriptions(stage: Stage) -> None:
    """Cut every pub/sub connection."""
    async with stage.system.redis as redis:
        await redis.client_kill_filter(_type="pubsub")


def aof(stage: Stage) -> Path:
    """Return the newest file of the AOF; Redis 7 keeps several in a folder."""
    folder = stage.system.redis_server.folder
    files = [*folder.glob("appendonlydir/*.incr.aof"), *folder.glob("appendonly.aof")]
    return max(files, key=lambda path: path.stat().st_mtime)
