"""Every answer of Avito's API in the table, through the real worker and gateway."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from testbed import ACCOUNT, System, until
from tests.e2e.conversation import Conversation, begin
from tests.e2e.watching import quick_system, until_mode, until_status
from tests.payloads.posting import hold_chat
from tests.payloads.rows import Answer, answers
from tests.push_gateway.panel import Panel
from tests.scripts.avito_simulator.test_messages import png

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ROWS = answers()
NOW = time.time()
OF_ONE_CHAT = [row for row in ROWS.values() if row.operation in ("chat", "messages")]
REPLY = "Да, продаю"


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    """A system that is quick to look around."""
    folder = tmp_path_factory.mktemp("answers")
    async with quick_system(folder, "ingest", "gateway", AVITO_RPM="6000", SWEEP_INTERVAL_S="1") as running:
        await running.avito.subscribe(running.webhook_url)
        await running.start("worker")
        await until_mode(running, "webhook")
        yield running


@pytest.fixture(scope="module")
async def panel(system: System, anyio_backend: str) -> AsyncIterator[Panel]:
    async with Panel.at(system.url("gateway")) as opened:
        await opened.log_in()
        yield opened


@pytest.fixture
async def calm(system: System) -> AsyncIterator[None]:
    """After the test Avito answers as usual."""
    yield
    await system.avito.reset()


async def write(system: System, chat_id: str, author: int) -> None:
    """Post the webhook of a text in a chat that only this webhook tells of."""
    value = {
        "id": "first",
        "chat_id": chat_id,
        "user_id": ACCOUNT,
        "author_id": author,
        "created": int(NOW) - 4000,
        "type": "text",
        "content": {"text": "Здравствуйте"},
    }
    async with httpx2.AsyncClient() as http:
        await http.post(system.webhook_url, json={"payload": {"type": "message", "value": value}})


async def chat_of(panel: Panel, chat_id: str) -> dict[str, Any]:
    """Return a chat as the list shows it; empty where it does not."""
    before: str | None = ""
    while before is not None:
        page = await panel.get("api/chats", limit=100, before=before)
        for chat in page["chats"]:
            if chat["id"] == chat_id:
                return dict(chat)
        before = page["next"]
    return {}


async def thread_of(panel: Panel, chat_id: str) -> list[dict[str, Any]]:
    """Open a chat and return its newest page."""
    return list((await panel.get(f"api/chats/{quote(chat_id, '')}/messages"))["messages"])


@pytest.mark.parametrize("row", OF_ONE_CHAT, ids=[f"{row.name}: {row.says}" for row in OF_ONE_CHAT])
async def test_a_chat_or_a_history_is_shown_as_its_row_says(
    row: Answer, system: System, panel: Panel, calm: None
) -> None:
    await system.avito.strike(row.operation, where=row.chat_id, status=200, body=row.body(NOW))
    await write(system, row.chat_id, row.author)
    await until(lambda: chat_of(panel, row.chat_id))

    if row.operation == "messages":

        async def read() -> list[dict[str, Any]]:
            return [one for one in await thread_of(panel, row.chat_id) if one["id"] != "first"]

        (message,) = await until(read)
        shown = (message["direction"], message["content"]["text"], (message["quote"] or {}).get("id"))
        assert shown == (row.direction, row.text, row.quote)
        return

    async def named() -> dict[str, Any] | None:
        chat = await chat_of(panel, row.chat_id)
        return chat if chat["enriched"] else None

    chat = await until(named)
    assert ((chat["buyer"] or {}).get("name"), chat["type"] == "a2u") == (row.buyer, False)
    assert (chat["item"] or {}).get("title") == row.item
    assert (chat["unanswered_since"] is not None, chat.get("buying")) == (row.waits, row.buying)


@pytest.fixture
async def talk(system: System, panel: Panel, calm: None) -> Conversation:
    """A buyer who has written, and an operator."""
    return await begin(system, panel)


async def test_an_answer_to_a_send_without_an_id_is_looked_for_and_not_sent_again(talk: Conversation) -> None:
    await talk.system.avito.faults(echo="never")
    await talk.system.avito.strike("send", when="after", status=200, body=ROWS["113"].body(NOW))

    await talk.say(REPLY)

    await talk.sent(REPLY)
    assert [one["content"]["text"] for one in await talk.truth()] == [REPLY]


async def test_an_answer_to_a_send_may_hold_the_message_in_another_object(talk: Conversation) -> None:
    await talk.system.avito.strike("send", status=200, body=ROWS["114"].body(NOW))
    since = time.time()

    await talk.say(REPLY)

    (message,) = await talk.sent(REPLY)
    assert message["id"] == "00090009000900090009000900090009"
    assert [one["operation"] for one in await talk.system.avito.calls(since)].count("send") == 1


async def test_an_error_that_is_a_text_fails_the_reply_in_its_words(talk: Conversation) -> None:
    await talk.system.avito.strike("send", status=400, body=ROWS["116"].body(NOW))

    item = await talk.in_state(await talk.say(REPLY), "failed")

    assert item["reason"]
    assert await talk.truth() == []


async def test_the_id_of_an_upload_is_the_key_of_its_links(talk: Conversation) -> None:
    sent = {"id": "own-picture", "created": int(NOW), "direction": "out", "type": "image", "content": {}}
    await talk.system.avito.strike("upload", status=200, body=ROWS["112"].body(NOW))
    await talk.system.avito.strike("send_image", status=200, body=json.dumps(sent))

    assert (await talk.show(png(), "picture-1")).status_code == 202

    (message,) = await until(talk.own)
    assert (message["id"], message["type"]) == ("own-picture", "image")


async def test_a_stub_in_a_list_is_neither_shown_nor_compared(
    system: System, panel: Panel, calm: None
) -> None:
    row = ROWS["101"]
    await hold_chat(system, row.chat_id, NOW)
    await system.avito.strike("chats", where="offset=0", status=200, body=row.body(NOW))
    await system.avito.write(row.chat_id, "Рама целая?", created=int(NOW) - 700, webhook=False)

    chat = await until(lambda: chat_of(panel, row.chat_id))

    assert chat["last_message"]["content"]["text"] == "Рама целая?"
    since = time.time()
    await until(lambda: listed(system, since, times=2))
    reads = [one for one in await system.avito.calls(since) if one["operation"] == "messages"]
    assert [one for one in reads if row.chat_id in one["path"]] == []


async def listed(system: System, since: float, times: int) -> bool:
    """Tell whether Avito was asked for its list so often."""
    calls = await system.avito.calls(since)
    return [one["operation"] for one in calls].count("chats") >= times


async def test_every_row_of_a_list_in_disorder_is_read(system: System, panel: Panel, calm: None) -> None:
    await system.avito.strike("chats", where="offset=0", status=200, body=ROWS["102"].body(NOW))
    for name in ("u2i-A", "u2i-B", "u2i-C"):
        await hold_chat(system, name, NOW)
        await system.avito.write(name, f"Из {name}", created=int(NOW) - 700, webhook=False)

    async def shown() -> bool:
        return all([await chat_of(panel, name) for name in ("u2i-A", "u2i-B", "u2i-C")])

    await until(shown)


async def test_html_in_place_of_a_list_is_told_within_two_sweeps_and_heals(
    system: System, calm: None
) -> None:
    await system.avito.strike("chats", status=200, body=ROWS["103"].body(NOW), content_type="text/html")

    await until_status(system, lambda told: told.get("sweep_error") and told["status"] == "degraded")
    await system.avito.calm()

    await until_status(system, lambda told: told["status"] == "ok" and told["sweep_error"] is None)


async def test_400_for_a_far_page_is_the_end_of_the_list(system: System, panel: Panel, calm: None) -> None:
    await system.avito.strike("chats", where="offset=100", status=400, body=ROWS["117"].body(NOW))
    await system.avito.faults(webhook_drop=1)
    made = (await system.avito.burst(messages=120, chats=120))["chat_ids"]

    async def shown() -> bool:
        held = [chat["id"] for chat in (await panel.get("api/chats", limit=100))["chats"]]
        return len({*held} & {*made}) == 100

    await until(shown, within=40)
    await until_status(system, lambda told: told["sweep_error"] is None)


@pytest.mark.parametrize(("number", "word"), [("111", "down since"), ("109", "keys refused")])
async def test_200_without_a_token_is_told_in_the_word_that_fits(
    system: System, calm: None, number: str, word: str
) -> None:
    await system.avito.strike("token", status=200, body=ROWS[number].body(NOW))
    await system.avito.ask("tokens/revoke")

    told = await until_status(system, lambda told: (told["avito"] or "").startswith(word))

    assert (told["status"], bool(told["reason"])) == ("degraded", True)
