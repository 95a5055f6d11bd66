"""The screen of chaos notices what must never happen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from websockets.asyncio.server import ServerConnection, serve

from chaos.screen import Screen
from testbed import meanwhile, until

pytestmark = pytest.mark.anyio

HELLO = {"type": "hello", "epoch": "e", "seq": 5, "recovered": True}


@asynccontextmanager
async def told(*frames: dict[str, Any]) -> AsyncIterator[Screen]:
    """Give a screen that stood at 5 and was sent these frames, all of them taken."""

    async def speak(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(orjson.dumps(frame).decode())
        await connection.wait_closed()

    async with serve(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        screen = Screen([f"http://127.0.0.1:{port}"], place=("e", 5))
        screen.cookies.set("session", "x")
        async with meanwhile(screen.watch()):
            await until(lambda: screen.place == ("e", frames[-1]["seq"]))
            yield screen


def message(seq: int, message_id: str, *, ring: bool = True) -> dict[str, Any]:
    row = {"id": message_id, "type": "text", "created": 100 - seq, "rank": None, "content": {"text": "x"}}
    return {"type": "message", "seq": seq, "chat_id": "c", "message": row, "ring": ring}


async def test_events_in_a_row_are_as_it_should_be() -> None:
    async with told(HELLO, message(6, "b"), message(7, "a")) as screen:
        assert (screen.seen.holes, screen.seen.repeats, screen.seen.rung_twice) == (0, 0, 0)
        assert [row[0] for row in screen.shown()["c"]] == ["a", "b"]


async def test_a_skipped_number_is_a_hole() -> None:
    async with told(HELLO, message(7, "a")) as screen:
        assert screen.seen.holes == 1


async def test_a_number_that_comes_again_is_a_repeat() -> None:
    async with told(HELLO, message(6, "a"), message(6, "a", ring=False)) as screen:
        assert (screen.seen.repeats, screen.seen.rung_twice) == (1, 0)


async def test_a_message_that_rings_again_is_doubled() -> None:
    async with told(HELLO, message(6, "a"), message(7, "a")) as screen:
        assert screen.seen.rung_twice == 1


async def test_a_canary_that_knows_of_more_shows_a_hole_at_the_tail() -> None:
    canary = {"type": "canary", "seq": 9, "at": 1.0}
    async with told(HELLO, canary, message(6, "a")) as screen:
        assert screen.seen.holes == 1


async def test_a_greeting_at_another_position_is_a_hole() -> None:
    async with told(HELLO | {"seq": 8}, message(9, "a")) as screen:
        assert screen.seen.holes == 1
