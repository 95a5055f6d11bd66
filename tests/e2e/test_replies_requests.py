"""Operator actions besides replies: read, delete, block, older messages, voice."""

import time
from typing import Any

import pytest

from shared.redis import keys
from shared.wires import operator_actions
from testbed import ACCOUNT, until
from tests.e2e.conversation import Conversation
from tests.push_gateway.panel import PATH

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def chat(conversation: Conversation) -> dict[str, Any]:
    return next(
        one for one in (await conversation.panel.get("api/chats"))["chats"] if one["id"] == conversation.chat
    )


async def at_avito(conversation: Conversation) -> dict[str, Any]:
    chats = (await conversation.system.avito.truth())["chats"]
    return next(one for one in chats if one["id"] == conversation.chat)


async def left_to_do(conversation: Conversation) -> int:
    async with conversation.system.redis as redis:
        actions = map(operator_actions.read, await redis.hvals(keys.operator_actions(ACCOUNT)))
        return [one.chat_id for one in actions].count(conversation.chat)


async def test_a_chat_that_was_opened_is_read_here_and_at_avito(conversation: Conversation) -> None:
    assert (await chat(conversation))["unread"] == 1

    assert (await conversation.post(f"chats/{conversation.chat}/read")).status_code == 202

    await until(lambda: is_read(conversation))
    assert (await at_avito(conversation))["unread"] == 0
    assert (await chat(conversation))["unanswered_since"] is not None


async def is_read(conversation: Conversation) -> bool:
    return bool((await chat(conversation))["unread"] == 0)


async def test_what_avito_could_not_hear_is_told_it_again(conversation: Conversation) -> None:
    await conversation.system.avito.strike("read", status=500, count=1)

    await conversation.post(f"chats/{conversation.chat}/read")

    await until(lambda: is_read(conversation), within=60)
    assert await left_to_do(conversation) == 0


async def test_an_answer_can_be_deleted(conversation: Conversation) -> None:
    await conversation.say("Опечатка")
    (message,) = await conversation.sent("Опечатка")

    answer = await conversation.post(f"chats/{conversation.chat}/messages/{message['id']}/delete")

    assert answer.status_code == 202
    (gone,) = await conversation.own()
    assert (gone["id"], gone["deleted"], gone["type"]) == (message["id"], True, "deleted")
    assert [one["type"] for one in await conversation.truth()] == ["deleted"]


async def test_why_a_message_cannot_be_deleted_is_told(conversation: Conversation) -> None:
    await conversation.system.avito.faults(delete_window_s=0)
    await conversation.say("Старое")
    (message,) = await conversation.sent("Старое")
    await until(lambda: is_older_than_now(conversation))

    late = await conversation.post(f"chats/{conversation.chat}/messages/{message['id']}/delete")
    unknown = await conversation.post(f"chats/{conversation.chat}/messages/nothing/delete")

    assert (late.status_code, late.json()["error"]["code"]) == (409, "bad_request")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "not_found")
    assert await left_to_do(conversation) == 0


async def is_older_than_now(conversation: Conversation) -> bool:
    told = await conversation.system.avito.truth()
    (message,) = await conversation.truth()
    return bool(told["now"] > message["created"] + 1)


async def test_a_buyer_can_be_blocked(conversation: Conversation) -> None:
    await until(lambda: is_enriched(conversation))
    before = (await conversation.system.avito.truth())["blacklist"]

    answer = await conversation.post(f"chats/{conversation.chat}/blacklist", reason_id=1)

    assert answer.status_code == 202
    buyer = (await chat(conversation))["buyer"]["id"]
    assert (await conversation.system.avito.truth())["blacklist"] == sorted([*before, buyer])


async def is_enriched(conversation: Conversation) -> bool:
    return bool((await chat(conversation))["enriched"])


async def test_a_voice_message_is_reached_by_a_fresh_link(conversation: Conversation) -> None:
    await conversation.system.avito.write(conversation.chat, "", type="voice")
    message = await until(lambda: voice_of(conversation))
    voice_id = message["content"]["voice"]["voice_id"]

    first = await conversation.panel.http.get(f"{PATH}api/voice/{voice_id}")
    again = await conversation.panel.http.get(f"{PATH}api/voice/{voice_id}")

    assert first.status_code == 302
    assert first.headers["location"] == again.headers["location"]
    assert (await conversation.system.http.get(first.headers["location"])).status_code == 200
    assert (await conversation.panel.http.get(f"{PATH}api/voice/nothing")).status_code == 404
    calls = [one for one in await conversation.system.avito.calls() if voice_id in one["query"]]
    assert len(calls) == 1


async def voice_of(conversation: Conversation) -> dict[str, Any] | None:
    return next((one for one in (await conversation.thread())["messages"] if one["type"] == "voice"), None)


async def test_messages_older_than_we_hold_are_asked_from_avito_page_by_page(alone: Conversation) -> None:
    await alone.system.restart("worker", KEEP_MESSAGES="120")
    began = int(time.time()) - 1000
    for number in range(170):
        await alone.system.avito.write(alone.chat, f"n{number}", created=began + number)
    await alone.system.avito.delivered()
    written = [f"n{number}" for number in range(170)]
    await until(lambda: all_are_in(alone))

    texts: list[str] = []
    before: dict[str, Any] = {}
    pages = 0
    while True:
        page = await alone.panel.get(f"api/chats/{alone.chat}/messages", limit=50, **before)
        texts = [one["content"]["text"] for one in page["messages"]] + texts
        pages += 1
        if page["next"] is None:
            break
        before = {"before": page["next"]}

    assert texts == [*written, "Ещё продаёте?"]
    assert pages == 5  # 50, 50 and 20 held; 50 and 1 asked
    async with alone.system.redis as redis:
        assert await redis.zcard(keys.thread(ACCOUNT, alone.chat)) == 120


async def all_are_in(conversation: Conversation) -> bool:
    newest = (await conversation.thread())["messages"][-2:]
    async with conversation.system.redis as redis:
        held = await redis.zcard(keys.thread(ACCOUNT, conversation.chat))
    return bool(held == 120 and newest[0]["content"]["text"] == "n169")


async def test_while_avito_is_down_what_is_waited_for_is_told_in_time(alone: Conversation) -> None:
    await alone.system.stop("simulator")

    answer = await alone.panel.http.get(f"{PATH}api/voice/v1")

    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "avito_silent")
