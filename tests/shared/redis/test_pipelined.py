"""One connection to Redis, without a Redis: bytes in, bytes out."""

import asyncio
import gc
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import create_autospec

import pytest
import uvloop
from redis.exceptions import NoScriptError
from typing_extensions import override

from shared.redis.pipelined import NotConfirmedError, PipelinedConnection

pytestmark = pytest.mark.anyio


def make_connection(timeout: float = 30.0, *, strict: bool = False) -> tuple[PipelinedConnection, Any]:
    connection, transport = PipelinedConnection(timeout, strict=strict), create_autospec(asyncio.Transport)
    connection.connection_made(transport)
    return connection, transport


async def test_all_commands_of_one_turn_leave_in_one_write() -> None:
    connection, transport = make_connection()

    replies = [connection.send(b"ECHO", word) for word in (b"a", b"b", b"c")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    transport.write.assert_called_once()
    connection.data_received(b"$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n")
    assert await asyncio.gather(*replies) == [b"a", b"b", b"c"]


async def test_replies_may_arrive_in_pieces() -> None:
    connection, _ = make_connection()
    replies = [connection.send(b"PING"), connection.send(b"XLEN", b"s")]

    for byte in b"+PONG\r\n:42\r\n":
        connection.data_received(bytes([byte]))

    assert await asyncio.gather(*replies) == [b"PONG", 42]


async def test_an_error_reply_belongs_to_one_command() -> None:
    connection, _ = make_connection()
    refused, later = connection.send(b"EVALSHA", b"x", b"0"), connection.send(b"PING")

    connection.data_received(b"-NOSCRIPT No matching script.\r\n+PONG\r\n")

    with pytest.raises(NoScriptError):
        await refused
    assert await later == b"PONG"


async def test_a_command_that_cannot_be_sent_does_not_shift_the_replies_of_others() -> None:
    connection, _ = make_connection()
    before = connection.send(b"ECHO", b"a")
    for impossible in (None, "\ud800"):
        with pytest.raises((TypeError, UnicodeEncodeError)):
            connection.send(b"ECHO", impossible)  # type: ignore[arg-type]  # on purpose
    after = connection.send(b"ECHO", b"b")

    connection.data_received(b"+a\r\n+b\r\n")

    assert (await before, await after) == (b"a", b"b")


async def test_an_error_reply_to_an_abandoned_command_logs_nothing() -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    connection, _ = make_connection()
    connection.send(b"LPUSH", b"a", b"b")

    connection.data_received(b"-WRONGTYPE Operation against a key\r\n")
    gc.collect()

    assert complaints == []


async def test_pushed_messages_are_handed_on_in_order() -> None:
    heard: list[Any] = []
    connection = PipelinedConnection(30.0, on_push=heard.append)
    connection.connection_made(create_autospec(asyncio.Transport))
    subscribed = connection.send(b"SUBSCRIBE", b"c")

    connection.data_received(b"*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n")
    for word in (b"a", b"b"):
        connection.data_received(b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\n" + word + b"\r\n")

    assert await subscribed == [b"subscribe", b"c", 1]
    assert heard == [[b"message", b"c", b"a"], [b"message", b"c", b"b"]]


async def test_an_error_reply_aborts_a_strict_connection() -> None:
    connection, transport = make_connection(strict=True)
    refused, later = connection.send(b"SET", b"a", b"b"), connection.send(b"SET", b"a", b"c")

    connection.data_received(b"-OOM command not allowed\r\n")

    for reply in (refused, later):
        with pytest.raises(NotConfirmedError, match="OutOfMemory"):
            await reply
    transport.abort.assert_called_once()
    assert not connection.open


async def test_silence_aborts_the_connection_and_fails_all_waiting_commands() -> None:
    connection, _ = make_connection(timeout=0.05)
    replies = [connection.send(b"PING") for _ in range(3)]

    results = await asyncio.gather(*replies, return_exceptions=True)

    assert [type(result) for result in results] == [NotConfirmedError] * 3
    assert connection.reason.startswith("silent for")


async def test_a_lost_connection_fails_waiting_commands() -> None:
    connection, _ = make_connection()
    reply = connection.send(b"PING")

    connection.connection_lost(None)

    with pytest.raises(NotConfirmedError, match="closed by Redis"):
        await reply


@pytest.mark.parametrize(
    "junk", [b"HTTP/1.1 400 Bad Request\r\n", b"+PONG\r\n+PONG\r\n"], ids=["http", "extra"]
)
async def test_a_server_that_is_not_redis_is_disconnected(junk: bytes) -> None:
    connection, _ = make_connection()
    reply = connection.send(b"PING")

    connection.data_received(junk)

    assert connection.reason.startswith("not Redis")
    await asyncio.gather(reply, return_exceptions=True)


async def test_a_reply_to_a_cancelled_command_is_dropped() -> None:
    connection, _ = make_connection()
    gone, waits = connection.send(b"PING"), connection.send(b"ECHO", b"a")
    gone.cancel()

    connection.data_received(b"+PONG\r\n$1\r\na\r\n")

    assert await waits == b"a"


async def test_an_aborted_connection_sends_nothing() -> None:
    connection, _ = make_connection()
    connection.abort("over")

    with pytest.raises(NotConfirmedError):
        connection.send(b"PING")


def test_a_stalled_loop_does_not_abort_a_connection_whose_reply_has_come() -> None:
    """Under uvloop timers run before sockets are heard; here it stands still for another connection."""
    begun, timeout = threading.Event(), 0.4

    class Busy(asyncio.Protocol):
        def __init__(self) -> None:
            self.lost = asyncio.Event()

        @override
        def data_received(self, data: bytes) -> None:
            begun.set()
            time.sleep(1.5 * timeout)

        @override
        def connection_lost(self, exc: Exception | None) -> None:
            self.lost.set()

    def answer_once_it_is_busy(listener: socket.socket) -> None:
        redis, _ = listener.accept()
        other, _ = listener.accept()
        with redis, other:
            redis.recv(100)
            other.sendall(b"x")
            begun.wait()
            redis.sendall(b"+PONG\r\n")
            redis.recv(100)

    async def ask(port: int) -> Any:
        loop = asyncio.get_running_loop()
        connection = PipelinedConnection(timeout)
        await loop.create_connection(lambda: connection, "127.0.0.1", port)
        transport, busy = await loop.create_connection(Busy, "127.0.0.1", port)
        try:
            return await connection.send("PING")
        finally:
            connection.abort("asked")
            transport.abort()
            await busy.lost.wait()

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        answering = pool.submit(answer_once_it_is_busy, listener)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            assert runner.run(ask(listener.getsockname()[1])) == b"PONG"
        answering.result(10)
