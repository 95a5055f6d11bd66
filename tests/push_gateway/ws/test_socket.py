"""The WebSocket of a real gateway process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from redis.asyncio import Redis
from websockets.exceptions import ConnectionClosed, InvalidStatus

from shared import __version__
from shared.redis import keys
from testbed import USERNAME, System, until
from tests.push_gateway.panel import PATH, Panel, write
from tests.push_gateway.shared_by_module import module_panel, module_system

pytestmark = pytest.mark.anyio
system = module_system("gateway")
panel = module_panel()


@pytest.fixture
async def guest(system: System, anyio_backend: str) -> AsyncIterator[Panel]:
    """A second browser, which has not logged in."""
    async with Panel.at(system.url("gateway")) as opened:
        yield opened


async def logged_in(redis: Redis, panel: Panel) -> str:
    """Log in; returns the key of the session."""
    known = await redis.smembers(keys.sessions_of(USERNAME))
    await panel.log_in()
    (new,) = await redis.smembers(keys.sessions_of(USERNAME)) - known
    return keys.session(new.decode())


async def test_hello_has_the_position_and_the_operator(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        seq = await write(redis, "m1", chat="greeted")
        epoch = (await redis.execute_command("HGET", keys.STATE, "epoch")).decode()
        async with panel.socket() as socket:
            hello = await socket.read()

    assert hello == {
        "type": "hello",
        "epoch": epoch,
        "seq": seq,
        "recovered": False,
        "mode": "webhook",
        "reason": None,
        "code": None,
        "detail": None,
        "operator": USERNAME,
        "version": __version__,
    }


async def test_live_events_come_in_order(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as socket:
        start = await panel.catch_up(socket)

        seq = await write(redis, "m1", "m2", "m3", chat="live")

        assert await socket.read_until(seq) == list(range(start + 1, seq + 1))


async def test_no_session_is_told_after_the_handshake(guest: Panel) -> None:
    async with guest.socket() as socket:
        assert await socket.close_code() == 4401


async def test_a_foreign_page_is_told_after_the_handshake(panel: Panel) -> None:
    async with panel.socket(origin="https://evil.example") as socket:
        assert await socket.close_code() == 4403


async def test_a_socket_at_another_address_is_a_plain_404(panel: Panel) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with panel.socket(base=f"{panel.base}/elsewhere"):
            pass

    assert refused.value.response.status_code == 404


async def test_garbage_gets_an_error_frame_and_the_connection_lives(panel: Panel) -> None:
    async with panel.socket() as socket:
        await socket.read()
        for garbage in ("", "garbage", "[]", b"\x00\xff", '{"type":"hello"}', "[" * 60_000):
            await socket.ws.send(garbage)
            assert (await socket.read_type("error"))["code"] == "bad_frame"

        await socket.say(type="ping")

        assert await socket.read_type("pong") == {"type": "pong"}


async def test_a_message_in_fragments_is_one_message(panel: Panel) -> None:
    async with panel.socket() as socket:
        await socket.read()

        await socket.ws.send(['{"type"', ':"pi', 'ng"}'])

        assert await socket.read_type("pong", "error") == {"type": "pong"}


@pytest.mark.parametrize("message", ["x" * 70_000, ["x" * 30_000] * 5], ids=["at once", "in fragments"])
async def test_a_message_over_64_kib_ends_this_connection_alone(
    panel: Panel, message: str | list[str]
) -> None:
    async with panel.socket() as other, panel.socket() as socket:
        await socket.ws.send(message)
        assert await socket.close_code() == 1009

        await other.say(type="ping")
        assert await other.read_type("pong")


async def test_megabytes_are_cut_off_and_other_clients_unharmed(panel: Panel) -> None:
    async with panel.socket() as other:
        async with panel.socket() as socket:
            with suppress(ConnectionClosed):
                await socket.ws.send(["x" * 60_000] * 300)
            assert await socket.close_code() == 1009
        await other.say(type="ping")
        assert await other.read_type("pong")


async def test_logging_out_ends_the_open_sockets_of_the_session(guest: Panel) -> None:
    await guest.log_in()
    async with guest.socket() as socket:
        await socket.read()

        await guest.http.post(f"{PATH}logout")

        assert await socket.close_code() == 4401


async def test_a_session_that_ends_in_redis_ends_its_sockets_and_no_other(
    system: System, guest: Panel
) -> None:
    async with Panel.at(guest.base) as second, system.redis as redis:
        first, other = await logged_in(redis, guest), await logged_in(redis, second)
        async with guest.socket() as one, second.socket() as two:
            await one.read()
            await two.read()
            await redis.delete(first)

            ended, _ = await asyncio.wait(
                [asyncio.create_task(one.close_code()), asyncio.create_task(two.close_code())],
                return_when=asyncio.FIRST_COMPLETED,
            )
            assert [task.result() for task in ended] == [4401]
            assert await redis.exists(other)


UNFINISHED = b"\x01\x80\0\0\0\0"
"""A text frame without FIN, masked, empty; what follows continues it."""


@pytest.mark.parametrize("more", [b"\x00\x80\0\0\0\0", b"\x89\x80\0\0\0\0"], ids=["empty", "ping"])
async def test_a_flood_of_frames_that_end_no_message_is_cut(panel: Panel, more: bytes) -> None:
    async with panel.socket(ping_interval=None) as other, panel.socket(ping_interval=None) as socket:
        await socket.read()
        await other.read()

        socket.ws.transport.write(UNFINISHED + more * 60_000)

        assert await socket.close_code() == 4429
        await other.say(type="ping")
        assert await other.read_type("pong")


async def test_a_message_in_parts_is_understood(panel: Panel) -> None:
    async with panel.socket() as socket:
        await socket.read()

        await socket.ws.send(['{"type":', "", '"ping"', "}"])

        assert await socket.read_type("pong", "error") == {"type": "pong"}


async def test_the_number_of_clients_reaches_the_status(panel: Panel) -> None:
    async def connections(count: int) -> bool:
        return bool((await panel.get("webhook/status"))["websocket_connections"] == count)

    async with panel.socket() as socket:
        await socket.read()
        await until(lambda: connections(1))
    await until(lambda: connections(0))
