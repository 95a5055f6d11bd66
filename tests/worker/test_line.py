"""Commands sent on one connection without waiting, on a real Redis."""

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from worker import line
from worker.line import open_line

pytestmark = pytest.mark.anyio


async def test_replies_come_in_the_order_of_what_was_sent_errors_among_them(real_redis: Redis) -> None:
    async with open_line(real_redis) as held:
        await held.send([["SET", "a", "1"], ["LPUSH", "a", "2"]])
        await held.send([["GET", "a"]])

        done, refused, value = await held.replies(3)

    assert (done, value) == (b"OK", b"1")
    assert isinstance(refused, ResponseError)


async def test_what_nobody_read_is_not_taken_for_the_answer_to_something_else(real_redis: Redis) -> None:
    async with open_line(real_redis) as held:
        await held.send([["GET", "a"], ["GET", "b"]])

    assert [await real_redis.ping() for _ in range(2)] == [True, True]


async def test_a_broken_connection_raises_and_the_next_line_works(real_redis: Redis) -> None:
    async with open_line(real_redis) as held:
        await held.send([["CLIENT", "ID"]])
        (number,) = await held.replies(1)
        await real_redis.client_kill_filter(_id=number)
        with pytest.raises(RedisConnectionError):
            await held.replies(1)
    async with open_line(real_redis) as another:
        await another.send([["PING"]])
        assert await another.replies(1) == [b"PONG"]


async def test_nothing_is_sent_to_a_master_that_was_replaced(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_line(real_redis) as held:
        monkeypatch.setattr(line, "is_left_behind", lambda *_: True)
        with pytest.raises(RedisConnectionError, match="another Redis"):
            await held.send([["SET", "a", "1"]])

    assert await real_redis.get("a") is None
