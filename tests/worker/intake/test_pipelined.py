"""Commands that are pipelined on one connection, on a real Redis."""

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from worker.intake import pipelined
from worker.intake.pipelined import open_pipeline, replies

pytestmark = pytest.mark.anyio


async def test_replies_and_errors_come_in_the_order_of_the_commands(real_redis: Redis) -> None:
    async with open_pipeline(real_redis) as held:
        written = held.send([["SET", "a", "1"], ["LPUSH", "a", "2"]])
        read = held.send([["GET", "a"]])

        assert await replies(read) == [b"1"]
        done, refused = await replies(written)

    assert done == b"OK"
    assert isinstance(refused, ResponseError)


async def test_no_command_has_no_reply(real_redis: Redis) -> None:
    async with open_pipeline(real_redis) as held:
        assert await replies(held.send([])) == []


async def test_a_reply_may_be_none(real_redis: Redis) -> None:
    async with open_pipeline(real_redis) as held:
        assert await held.ask("GET", "no such key") is None


async def test_a_broken_connection_raises_and_the_next_one_works(real_redis: Redis) -> None:
    async with open_pipeline(real_redis) as held:
        number = await held.ask("CLIENT", "ID")
        await real_redis.client_kill_filter(_id=number)
        with pytest.raises(RedisConnectionError):
            await held.ask("GET", "a")
    async with open_pipeline(real_redis) as another:
        assert await another.ask("PING") == b"PONG"


async def test_commands_in_flight_when_the_connection_broke_raise(real_redis: Redis) -> None:
    async with open_pipeline(real_redis) as held:
        number = await held.ask("CLIENT", "ID")
        sent = held.send([["PING"], ["BLPOP", "no such list", 0]])
        await real_redis.client_kill_filter(_id=number)

        with pytest.raises(RedisConnectionError):
            await replies(sent)


async def test_nothing_is_sent_to_a_master_that_was_replaced(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_pipeline(real_redis) as held:
        monkeypatch.setattr(pipelined, "is_stale", lambda *_: True)
        with pytest.raises(RedisConnectionError, match="another Redis"):
            held.send([["SET", "a", "1"]])

    assert await real_redis.get("a") is None
