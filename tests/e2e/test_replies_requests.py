"""Operator actions besides replies: read, delete, block, older messages, voice."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.redis import keys
from testbed import ACCOUNT, until
from tests.e2e.desk import Desk, open_desk
from tests.push_gateway.panel import PATH

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        yield opened


async def chat(desk: Desk) -> dict[str, Any]:
    return next(one for one in (await desk.panel.get("api/chats"))["chats"] if one["id"] == desk.chat)


async def at_avito(desk: Desk) -> dict[str, Any]:
    chats = (await desk.system.avito.truth())["chats"]
    return next(one for one in chats if one["id"] == desk.chat)


async def left_to_do(desk: Desk) -> int:
    async with desk.system.redis as redis:
        return int(await redis.execute_command("HLEN", keys.operator_actions(ACCOUNT)))


async def test_a_chat_that_was_opened_is_read_here_and_at_avito(desk: Desk) -> None:
    assert (await chat(desk))["unread"] == 1

    assert (await desk.post(f"chats/{desk.chat}/read")).status_code == 202

    await until(lambda: is_read(desk))
    assert (await at_avito(desk))["unread"] == 0
    assert (await chat(desk))["unanswered_since"] is not None


async def is_read(desk: Desk) -> bool:
    return bool((await chat(desk))["unread"] == 0)


async def test_what_avito_could_not_hear_is_told_it_again(desk: Desk) -> None:
    await desk.system.avito.strike("read", status=500, count=1)

    await desk.post(f"chats/{desk.chat}/read")

    await until(lambda: is_read(desk), within=60)
    assert await left_to_do(desk) == 0


async def test_an_answer_can_be_deleted(desk: Desk) -> None:
    await desk.say("Опечатка")
    (message,) = await desk.sent("Опечатка")

    answer = await desk.post(f"chats/{desk.chat}/messages/{message['id']}/delete")

    assert answer.status_code == 202
    (gone,) = await desk.own()
    assert (gone["id"], gone["deleted"], gone["type"]) == (message["id"], True, "deleted")
    assert [one["type"] for one in await desk.truth()] == ["deleted"]


async def test_why_a_message_cannot_be_deleted_is_told(desk: Desk) -> None:
    await desk.system.avito.faults(delete_window_s=0)
    await desk.say("Старое")
    (message,) = await desk.sent("Старое")
    await until(lambda: is_older_than_now(desk))

    late = await desk.post(f"chats/{desk.chat}/messages/{message['id']}/delete")
    unknown = await desk.post(f"chats/{desk.chat}/messages/nothing/delete")

    assert (late.status_code, late.json()["error"]["code"]) == (409, "bad_request")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "not_found")
    assert await left_to_do(desk) == 0


async def is_older_than_now(desk: Desk) -> bool:
    told = await desk.system.avito.truth()
    (message,) = await desk.truth()
    return bool(told["now"] > message["created"] + 1)


async def test_a_buyer_can_be_blocked(desk: Desk) -> None:
    await until(lambda: is_enriched(desk))

    answer = await desk.post(f"chats/{desk.chat}/blacklist", reason_id=1)

    assert answer.status_code == 202
    buyer = (await chat(desk))["buyer"]["id"]
    assert (await desk.system.avito.truth())["blacklist"] == [buyer]


async def is_enriched(desk: Desk) -> bool:
    return bool((await chat(desk))["enriched"])


async def test_a_voice_message_is_reached_by_a_fresh_link(desk: Desk) -> None:
    await desk.system.avito.write(desk.chat, "", type="voice")
    message = await until(lambda: voice_of(desk))
    voice_id = message["content"]["voice"]["voice_id"]

    first = await desk.panel.http.get(f"{PATH}api/voice/{voice_id}")
    again = await desk.panel.http.get(f"{PATH}api/voice/{voice_id}")

    assert first.status_code == 302
    assert first.headers["location"] == again.headers["location"]
    assert (await desk.system.http.get(first.headers["location"])).status_code == 200
    assert (await desk.panel.http.get(f"{PATH}api/voice/nothing")).status_code == 404
    calls = [one for one in await desk.system.avito.calls() if voice_id in one["query"]]
    assert len(calls) == 1


async def voice_of(desk: Desk) -> dict[str, Any] | None:
    return next((one for one in (await desk.thread())["messages"] if one["type"] == "voice"), None)


async def test_messages_older_than_we_hold_are_asked_from_avito_page_by_page(desk: Desk) -> None:
    await desk.system.restart("worker", KEEP_MESSAGES="120")
    began = int(time.time()) - 1000
    for number in range(170):
        await desk.system.avito.write(desk.chat, f"n{number}", created=began + number)
    await desk.system.avito.delivered()
    written = [f"n{number}" for number in range(170)]
    await until(lambda: all_are_in(desk))

    texts: list[str] = []
    before: dict[str, Any] = {}
    pages = 0
    while True:
        page = await desk.panel.get(f"api/chats/{desk.chat}/messages", limit=50, **before)
        texts = [one["content"]["text"] for one in page["messages"]] + texts
        pages += 1
        if page["next"] is None:
            break
        before = {"before": page["next"]}

    assert texts == [*written, "Ещё продаёте?"]
    assert pages == 5  # 50, 50 and 20 held; 50 and 1 asked
    async with desk.system.redis as redis:
        assert await redis.zcard(keys.thread(ACCOUNT, desk.chat)) == 120


async def all_are_in(desk: Desk) -> bool:
    newest = (await desk.thread())["messages"][-2:]
    async with desk.system.redis as redis:
        held = await redis.zcard(keys.thread(ACCOUNT, desk.chat))
    return bool(held == 120 and newest[0]["content"]["text"] == "n169")


async def test_while_avito_is_down_what_is_waited_for_is_told_in_time(desk: Desk) -> None:
    await desk.system.stop("simulator")

    answer = await desk.panel.http.get(f"{PATH}api/voice/v1")

    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "avito_silent")
