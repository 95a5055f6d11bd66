import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import DataError

from shared.redis.packing import pack_with_hiredis
from testbed import RedisServer

ARGUMENTS = st.text() | st.binary() | st.integers() | st.floats()
COMMANDS = st.lists(st.tuples(st.sampled_from(["GET", b"SET", "XGROUP CREATE"]), ARGUMENTS), max_size=5)


def connection(url: str = "redis://127.0.0.1") -> AbstractConnection:
    made: AbstractConnection = pack_with_hiredis(ConnectionPool.from_url(url)).make_connection()
    return made


@given(COMMANDS)
def test_commands_are_the_bytes_that_redis_py_packs(commands: list[tuple[Any, ...]]) -> None:
    assert b"".join(connection().pack_commands(commands)) == b"".join(Connection().pack_commands(commands))
    for command in commands:
        assert b"".join(connection().pack_command(*command)) == b"".join(Connection().pack_command(*command))


def test_a_whole_pipeline_is_sent_as_one_piece() -> None:
    large = [("XADD", "inbox", "*", "b", b"x" * 100_000)] * 3

    assert len(list(connection().pack_commands(large))) == 1


@pytest.mark.parametrize("value", [None, True, [1], {}], ids=["none", "bool", "list", "dict"])
def test_an_argument_of_another_type_is_refused_before_anything_is_sent(value: Any) -> None:
    with pytest.raises(DataError):
        connection().pack_command("SET", "key", value)


def test_the_pool_keeps_its_kind_of_connection() -> None:
    assert isinstance(connection("rediss://127.0.0.1"), SSLConnection)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_connection_that_broke_unnoticed_raises_a_connection_error(
    redis_server: RedisServer, run: Callable[[Coroutine[Any, Any, None]], None]
) -> None:
    async def lose() -> None:
        lost = connection(redis_server.url)
        await lost.connect()
        writer = lost._writer
        assert writer is not None
        writer.transport.abort()
        await asyncio.sleep(0)  # the transport closes with the next turn of the loop
        await asyncio.sleep(0)
        with pytest.raises(RedisConnectionError):
            await lost.send_command("PING")

    run(lose())
