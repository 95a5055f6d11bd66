"""Services that start on data of another layout."""

import asyncio
import subprocess
from pathlib import Path

import pytest
from redis.asyncio import Redis

from shared.redis import connection, keys
from shared.redis.layout import LAYOUT
from testbed import System, running_system, until

pytestmark = pytest.mark.anyio


def bare(system: System) -> Redis:
    """Return a client that reads data of any layout."""
    return connection.connect(system.redis_server.url, names_epoch=False)


async def ended(system: System, name: str) -> int:
    process = system.part(name).process
    assert process is not None
    try:
        return await asyncio.to_thread(process.wait, 30)
    except subprocess.TimeoutExpired:
        raise AssertionError(system.part(name).tail()) from None


async def test_workers_and_gateways_refuse_to_start_on_newer_data_and_say_why(tmp_path: Path) -> None:
    async with running_system(tmp_path) as system, bare(system) as redis:
        await redis.execute_command("HSET", keys.STATE, "layout", LAYOUT + 1)
        for name in ("worker", "gateway"):
            system.launch(name)

            assert await ended(system, name) == 2
            assert f"the data in Redis has layout {LAYOUT + 1}" in system.part(name).tail()


async def test_data_from_before_layouts_had_numbers_is_taken_over_by_itself(tmp_path: Path) -> None:
    async with running_system(tmp_path) as system, system.redis as redis:
        await redis.ping()
        await redis.execute_command("HDEL", keys.STATE, "layout")

        await system.start("worker", "gateway")

        await until(lambda: has_layout(redis))


async def has_layout(redis: Redis) -> bool:
    return bool(await redis.execute_command("HGET", keys.STATE, "layout") == str(LAYOUT).encode())
