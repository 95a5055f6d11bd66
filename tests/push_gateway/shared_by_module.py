"""Fixtures for tests that share an installation, since each leaves it as it was or has data of its own."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from testbed import System
from tests.push_gateway.panel import Panel, write
from tests.push_gateway.processes import running


def module_system(*gateways: str, messages: tuple[str, ...] = (), **environ: str) -> Any:
    """Make a fixture: these gateways on one Redis, in which a buyer has written `messages`."""

    @pytest.fixture(scope="module")
    async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
        async with running(tmp_path_factory.mktemp("system"), *gateways, environ=environ) as started:
            async with started.redis as redis:
                await write(redis, *messages)
            yield started

    return system


def module_panel() -> Any:
    """Make a fixture: the owner, logged in at the first gateway of `system`."""

    @pytest.fixture(scope="module")
    async def panel(system: System, anyio_backend: str) -> AsyncIterator[Panel]:
        async with Panel.at(system.url("gateway")) as opened:
            await opened.log_in()
            yield opened

    return panel


async def forget_chats(redis: Redis) -> None:
    """Remove chats and replies of earlier tests; operators, sessions, journal and epoch stay as they are."""
    of_accounts = [name async for name in redis.scan_iter(f"{keys.PREFIX}:[0-9]*:*")]
    await redis.delete(keys.ACCOUNTS, keys.OUTBOX_WAITING, keys.PICTURES, *of_accounts)
