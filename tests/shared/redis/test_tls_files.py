"""Certificates of Redis that are renewed while a service runs."""

import shutil
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.redis import connection
from tests.support.certificates import make_authority
from tests.support.tls_redis import make_tls, running_tls_redis

pytestmark = pytest.mark.anyio


async def test_a_renewed_certificate_is_shown_by_the_next_connection_of_a_running_service(
    tmp_path: Path, anyio_backend: str
) -> None:
    tls = make_tls(tmp_path / "tls")
    (tmp_path / "other").mkdir()
    strange = make_authority(tmp_path / "other").pair("client", "stranger")
    good = [path.with_stem("good") for path in tls.client]
    for path, kept in zip(tls.client, good, strict=True):
        shutil.copy(path, kept)
    with running_tls_redis(tmp_path / "redis", tls) as port:
        url = tls.url(f"127.0.0.1:{port}/0")
        async with Redis.from_pool(connection.make_pool(url, retries=0)) as redis:
            assert await redis.ping()
            for files, answers in ((strange, False), (good, True)):
                for path, renewed in zip(tls.client, files, strict=True):
                    renewed.replace(path)
                await redis.connection_pool.disconnect()
                assert await is_answered(redis) is answers


async def is_answered(redis: Redis) -> bool:
    try:
        return bool(await redis.ping())
    except RedisError:
        return False
