"""A Redis that is not ours, and the demo."""

import pytest
from redis.asyncio import Redis

from avito_live.runner.demo import ACCOUNT, prepare
from avito_live.runner.errors import RunError
from shared.redis import keys
from testbed import RedisServer, free_port

pytestmark = pytest.mark.anyio


async def test_nothing_of_the_demo_remains_once_keys_are_set(
    real_redis: Redis, redis_server: RedisServer
) -> None:
    await prepare(redis_server.url, demo=True)
    await real_redis.zadd(keys.chats(ACCOUNT), {"demo-chat": 1})
    await real_redis.set("another-program", "kept")

    said = await prepare(redis_server.url, demo=False)

    assert await real_redis.keys() == [b"another-program"]
    assert said


async def test_a_second_demo_finds_its_data_again(real_redis: Redis, redis_server: RedisServer) -> None:
    await prepare(redis_server.url, demo=True)
    await real_redis.zadd(keys.chats(ACCOUNT), {"demo-chat": 1})
    await real_redis.xadd(keys.JOURNAL, {"e": "{}"})

    await prepare(redis_server.url, demo=True)

    assert await real_redis.zcard(keys.chats(ACCOUNT)) == 1


async def test_the_demo_never_mixes_with_a_real_account(real_redis: Redis, redis_server: RedisServer) -> None:
    await real_redis.xadd(keys.JOURNAL, {"e": "{}"})

    with pytest.raises(RunError) as caught:
        await prepare(redis_server.url, demo=True)

    assert caught.value.code == 2
    assert not await real_redis.exists(keys.DEMO)


async def test_a_real_start_leaves_real_data_alone(real_redis: Redis, redis_server: RedisServer) -> None:
    await real_redis.xadd(keys.JOURNAL, {"e": "{}"})

    assert await prepare(redis_server.url, demo=False) is None
    assert await real_redis.xlen(keys.JOURNAL) == 1


REAL = 87654321


async def used_by_a_real_account(redis: Redis) -> None:
    """Write what services of a real account leave in a Redis that a demo had filled before."""
    await redis.execute_command("SADD", keys.ACCOUNTS, ACCOUNT, REAL)
    await redis.zadd(keys.chats(ACCOUNT), {"demo-chat": 1})
    await redis.zadd(keys.chats(REAL), {"real-chat": 1})
    await redis.execute_command("HSET", keys.FACTS, "demo", 0)


async def test_real_data_beside_a_demos_mark_is_never_removed(
    real_redis: Redis, redis_server: RedisServer
) -> None:
    await prepare(redis_server.url, demo=True)
    await used_by_a_real_account(real_redis)
    await real_redis.execute_command("HSET", keys.OPERATORS, "owner", "{}", "anna", "{}")

    said = await prepare(redis_server.url, demo=False, account=str(REAL))

    assert await real_redis.zcard(keys.chats(REAL)) == 1
    assert await real_redis.execute_command("HLEN", keys.OPERATORS) == 2
    assert not await real_redis.exists(keys.DEMO, keys.chats(ACCOUNT))
    assert "stays" in (said or "")
    assert await prepare(redis_server.url, demo=False) is None


async def test_a_real_account_with_the_number_of_the_demo_is_real(
    real_redis: Redis, redis_server: RedisServer
) -> None:
    await prepare(redis_server.url, demo=True)
    await real_redis.execute_command("SADD", keys.ACCOUNTS, ACCOUNT)
    await real_redis.zadd(keys.chats(ACCOUNT), {"real-chat": 1})
    await real_redis.execute_command("HSET", keys.FACTS, "demo", 0)

    await prepare(redis_server.url, demo=False, account=str(ACCOUNT))

    assert await real_redis.zcard(keys.chats(ACCOUNT)) == 1


async def test_colleagues_who_were_added_to_a_demo_stay(real_redis: Redis, redis_server: RedisServer) -> None:
    await prepare(redis_server.url, demo=True)
    await real_redis.execute_command("HSET", keys.OPERATORS, "owner", "{}", "anna", "{}")

    await prepare(redis_server.url, demo=False)

    assert await real_redis.execute_command("HLEN", keys.OPERATORS) == 2


@pytest.mark.parametrize("marked", [True, False])
async def test_a_demo_refuses_a_redis_that_a_real_account_has_used(
    real_redis: Redis, redis_server: RedisServer, marked: bool
) -> None:
    if marked:
        await prepare(redis_server.url, demo=True)
    await used_by_a_real_account(real_redis)

    with pytest.raises(RunError):
        await prepare(redis_server.url, demo=True)


async def test_a_demo_refuses_a_redis_in_which_only_operators_are(
    real_redis: Redis, redis_server: RedisServer
) -> None:
    await real_redis.execute_command("HSET", keys.OPERATORS, "owner", "{}")

    with pytest.raises(RunError):
        await prepare(redis_server.url, demo=True)


async def test_a_redis_that_does_not_answer_is_said_in_one_line() -> None:
    with pytest.raises(RunError) as caught:
        await prepare(f"redis://127.0.0.1:{free_port()}/0", demo=True)

    assert "REDIS_URL does not answer" in str(caught.value)
    assert "\n" not in str(caught.value)
