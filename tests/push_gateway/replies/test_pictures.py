"""Pictures that wait in Redis to be sent."""

import asyncio
import io
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.types import Message

from push_gateway.http.errors import ApiError
from push_gateway.replies import pictures
from push_gateway.replies.picture_check import CheckedPicture
from shared.redis import keys
from shared.wires.outbox import PICTURE_KEPT_S
from tests.push_gateway.replies.hostile import TYPE, with_picture

pytestmark = pytest.mark.anyio
SIZE = 8 * 1024 * 1024
ACCOUNT = 7
NOW = 1_757_403_725.0


def picture() -> CheckedPicture:
    return CheckedPicture(io.BytesIO(b"x" * SIZE), SIZE, "image/png", "digest")


@pytest.fixture
async def small_redis(real_redis: Redis) -> AsyncIterator[Redis]:
    """A Redis with room for the half of a picture."""
    used = (await real_redis.info("memory"))["used_memory"]
    await real_redis.config_set("maxmemory", int(used + SIZE / 2))
    yield real_redis
    await real_redis.config_set("maxmemory", 0)


async def test_a_picture_that_was_not_stored_whole_soon_frees_its_room(small_redis: Redis) -> None:
    for _ in range(pictures.MOST_STORED_BYTES // SIZE):
        with pytest.raises(RedisError):
            await pictures.keep(small_redis, ACCOUNT, picture(), NOW)
    await small_redis.config_set("maxmemory", 0)

    later = NOW + pictures.STORED_WITHIN_S + 1

    assert await pictures.keep(small_redis, ACCOUNT, picture(), later) is not None
    left = [await small_redis.ttl(name) async for name in small_redis.scan_iter("avito:7:picture:*")]
    assert [one for one in left if one > pictures.STORED_WITHIN_S] == [max(left)]


async def test_a_stored_picture_stays_as_long_as_its_reply_is_retried(real_redis: Redis) -> None:
    kept = await pictures.keep(real_redis, ACCOUNT, picture(), NOW)

    assert kept is not None
    name = keys.picture(ACCOUNT, kept.id)
    assert b"".join(await real_redis.execute_command("LRANGE", name, 0, -1)) == b"x" * SIZE
    assert await real_redis.ttl(name) > PICTURE_KEPT_S - 60
    assert await real_redis.zscore(keys.PICTURES, kept.room) == NOW + PICTURE_KEPT_S


def upload(parts: AsyncIterator[bytes]) -> Request:
    """Return a request whose body comes in these parts."""

    async def receive() -> Message:
        body = await anext(parts, b"")
        return {"type": "http.request", "body": body, "more_body": bool(body)}

    return Request({"type": "http", "headers": [(b"content-type", TYPE.encode())]}, receive)


async def test_a_large_upload_may_take_longer_than_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_FORM_WITHIN_S", 0.5)
    monkeypatch.setattr(pictures, "_SLOWEST", 1_000)
    body = with_picture(b"x" * 100_000)

    async def in_two_parts() -> AsyncIterator[bytes]:
        yield body[:90_000]
        await asyncio.sleep(0.6)  # longer than a small form may take
        yield body[90_000:]

    async with pictures.reading_picture(upload(in_two_parts()), ThreadPoolExecutor(1)) as form:
        assert form.size == 100_000


async def test_a_drip_of_bytes_renews_no_deadline_of_an_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_FORM_WITHIN_S", 0.2)

    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.001)

    with pytest.raises(ApiError) as refused:
        async with pictures.reading_picture(upload(drip()), ThreadPoolExecutor(1)):
            pass

    assert refused.value.status == 408
