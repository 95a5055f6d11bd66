from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from shared import redis_link
from tests.support.redis_server import free_port


@pytest.fixture
async def redis_away(anyio_backend: str) -> AsyncIterator[Redis]:
    """A client of a Redis that refuses connections."""
    async with redis_link.connect(f"redis://127.0.0.1:{free_port()}/0") as client:
        yield client
