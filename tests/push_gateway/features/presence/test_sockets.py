"""Presence over the WebSockets of real gateway processes."""

from typing import Any

import pytest

from testbed import USERNAME, System
from tests.push_gateway.panel import PATH, Panel, write

pytestmark = pytest.mark.anyio


async def test_other_clients_see_who_views_and_types_where(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        await write(redis, "m1", chat="c1")
    async with panel.socket() as mine, panel.socket() as other:
        await mine.read()
        await other.read()

        await mine.say(type="viewing", chat_id="c1")
        viewing = await other.read_type("presence")
        await mine.say(type="typing", chat_id="c1")
        typing = await other.read_type("presence")
        await mine.ws.close()
        gone = await other.read_type("presence")

    assert viewing == {"type": "presence", "chat_id": "c1", "viewing": [USERNAME], "typing": []}
    assert typing == viewing | {"typing": [USERNAME]}
    assert gone == viewing | {"viewing": []}


async def test_presence_reaches_other_gateways_and_newcomers_but_not_its_source(
    system: System, panel: Panel
) -> None:
    await system.start("gateway-2")
    async with Panel.at(system.url("gateway-2")) as second, system.redis as redis:
        await write(redis, "m1", chat="c1")
        second.http.cookies.update(panel.http.cookies)
        async with panel.socket() as mine, second.socket() as far:
            await mine.read()
            await far.read()
            await mine.say(type="viewing", chat_id="c1")
            assert (await far.read_type("presence"))["viewing"] == [USERNAME]
            async with second.socket() as newcomer:
                assert (await newcomer.read_type("presence"))["viewing"] == [USERNAME]

            await mine.say(type="ping")
            assert await mine.read_type("presence", "pong") == {"type": "pong"}


async def token_of(panel: Panel, scope: str) -> dict[str, Any]:
    """Make a token; returns what a program's socket is opened with."""
    answer = await panel.http.post(f"{PATH}api/owner/tokens", json={"name": scope, "scope": scope})
    return {"origin": None, "additional_headers": {"Authorization": f"Bearer {answer.json()['token']}"}}


@pytest.mark.parametrize("frame", [{"type": "viewing"}, {"type": "typing"}])
async def test_a_token_that_may_only_read_is_never_shown_to_operators(
    system: System, panel: Panel, frame: dict[str, str]
) -> None:
    async with system.redis as redis:
        await write(redis, "m1", chat="c1")
    reader, desk = await token_of(panel, "read"), await token_of(panel, "reply")
    async with panel.socket() as operator, panel.socket(**reader) as mute, panel.socket(**desk) as program:
        for socket in (operator, mute, program):
            await socket.read()

        await mute.say(**frame, chat_id="c1")
        assert (await mute.read_type("error"))["code"] == "forbidden"
        await program.say(**frame, chat_id="c1")

        assert (await operator.read_type("presence"))["viewing"] == ["api:reply"]


async def test_no_operator_is_shown_in_an_unknown_chat(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        await write(redis, "m1", chat="c1")
    async with panel.socket() as mine, panel.socket() as other:
        await mine.read()
        await other.read()
        await mine.say(type="viewing", chat_id="c1")
        assert (await other.read_type("presence"))["viewing"] == [USERNAME]

        await mine.say(type="typing", chat_id="made up")

        left = {"type": "presence", "chat_id": "c1", "viewing": [], "typing": []}
        assert await other.read_type("presence") == left
        async with panel.socket() as newcomer:
            assert (await newcomer.read())["type"] == "hello"
            await newcomer.say(type="ping")
            assert await newcomer.read_type("presence", "pong") == {"type": "pong"}
