"""A Redis that is not ours, and the demo."""

import pytest
from redis.asyncio import Redis

from avito_live_run.demo import prepare_redis
from avito_live_run.problem import ProblemError
from shared import keys
from tests.support.redis_server import RedisServer, free_port

pytestmark = pytest.mark.anyio


async def test_nothing_of_the_demo_remains_once_keys_are_set(
    real_redis: Redis, redis_server: RedisServer
) -> None:
    await prepare_redis(redis_server.url, demo=True)
    await real_redis.zadd(keys.chats(301200100), {"demo-chat": 1})
    await real_redis.set("another-program", "kept")

    said = await prepare_redis(redis_server.url, demo=False)

    assert await real_redis.keys() == [b"another-program"]
    assert said


async def test_a_second_demo_finds_its_data_again(real_redis: Redis, redis_server: RedisServer) -> None:
    await prepare_redis(redis_server.url, demo=True)
    await real_redis.zadd(keys.chats(301200100), {"demo-chat": 1})
    await real_redis.xadd(keys.JOURNAL, {"e": "{}"})

    await prepare_redis(redis_server.url, demo=True)

    assert await real_redis.zcard(keys.chats(301200100)) == 1


async def test_the_demo_never_mixes_with_a_real_account(real_redis: Redis, redis_server: RedisServer) -> None:
    await real_redis.xadd(keys.JOURNAL, {"e": "{}"})

    with pytest.raises(ProblemError) as caught:
        await prepare_redis(redis_server.url, demo=True)

    assert caught.value.code == 2
    assert not await real_redis.exists(keys.DEMO)


async def test_a_real_start_leaves_real_data_alone(real_redis: Redis, redis_server: RedisServer) -> None:
    await real_redis.xadd(keys.JOURNAL, {"e": "{}"})

    assert await prepare_redis(redis_server.url, demo=False) is None
    assert await real_redis.xlen(keys.JOURNAL) == 1


async def test_a_redis_that_does_not_answer_is_said_in_one_line() -> None:
    with pytest.raises(ProblemError) as caught:
        await prepare_redis(f"redis://127.0.0.1:{free_port()}/0", demo=True)

    assert "REDIS_URL does not answer" in str(caught.value)
    assert "\n" not in str(caught.value)
