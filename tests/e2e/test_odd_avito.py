"""What is odd about the real Avito, switched on and off at the simulator: what the operator then sees."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from testbed import System, meanwhile, until
from tests.e2e.watching import quick_system, until_mode, until_status
from tests.payloads.posting import note_rings
from tests.push_gateway.panel import Panel

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PREFIX = "[Системное сообщение]"
DELETED = "Сообщение удалено"
QUIET = {"unread": 0, "waits": False, "rings": 0}
LOUD = {"unread": 1, "waits": True, "rings": 1}


@dataclass(slots=True)
class Operator:
    """One operator, who hears each ring. `rings`: how often, by chat and message id."""

    system: System
    panel: Panel
    rings: Counter[tuple[str, str]]

    async def chat(self, chat_id: str, **query: Any) -> dict[str, Any]:
        """Return a chat as the list shows it; empty where it does not."""
        before: str | None = ""
        while before is not None:
            page = await self.panel.get("api/chats", limit=100, before=before, **query)
            for chat in page["chats"]:
                if chat["id"] == chat_id:
                    return dict(chat)
            before = page["next"]
        return {}

    async def thread(self, chat_id: str) -> list[dict[str, Any]]:
        """Open a chat and return its newest page."""
        return list((await self.panel.get(f"api/chats/{quote(chat_id, '')}/messages"))["messages"])

    async def sees(self, chat_id: str, message_id: str) -> dict[str, Any]:
        """Wait until a message is the last of its chat, and return it."""

        async def there() -> dict[str, Any] | None:
            last = (await self.chat(chat_id)).get("last_message") or {}
            return last if last.get("id") == message_id else None

        return dict(await until(there))

    async def notice(self, chat_id: str) -> dict[str, Any]:
        """Return how a chat asks for attention, and how often it has rung.

        A chat that rises while the list is paged through is on none of the pages.
        """
        chat = await until(lambda: self.chat(chat_id))
        rung = sum(count for (chat, _), count in self.rings.items() if chat == chat_id)
        return {"unread": chat["unread"], "waits": chat["unanswered_since"] is not None, "rings": rung}


@pytest.fixture(scope="module")
async def operator(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Operator]:
    """An operator of a system that is quick to look around."""
    folder, rings, ready = tmp_path_factory.mktemp("odd"), Counter[tuple[str, str]](), asyncio.Event()
    async with quick_system(folder, "ingest", "gateway", AVITO_RPM="6000", SWEEP_INTERVAL_S="1") as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        await until_mode(system, "webhook")
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            async with meanwhile(note_rings(panel, rings, ready)):
                await ready.wait()
                yield Operator(system, panel, rings)


@pytest.fixture(autouse=True)
async def usual(operator: Operator) -> AsyncIterator[None]:
    """After each test Avito is as it is known again."""
    yield
    await operator.system.avito.reset()


@pytest.mark.parametrize("switched", [True, False])
@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("Пользователь создал чат, но пока ничего не написал", QUIET),
        ("Кандидат откликнулся на вакансию «Курьер».", {"unread": 1, "waits": False, "rings": 1}),
    ],
    ids=["a note", "a lead"],
)
async def test_a_text_of_avitos_is_noticed_alike_in_its_own_name_and_in_the_buyers(
    operator: Operator, text: str, notice: dict[str, Any], switched: bool
) -> None:
    avito = operator.system.avito
    await avito.faults(system_as_buyer=switched)
    chat = await avito.chat()

    message = await avito.write(chat, text, by="system")

    assert (await operator.sees(chat, message))["direction"] == "system"
    assert await operator.notice(chat) == notice


@pytest.mark.parametrize("begins", ["\u00a0✏️ {}", "\ufeff{}", "{}"])
async def test_the_prefix_tells_avitos_text_behind_what_cannot_be_seen(
    operator: Operator, begins: str
) -> None:
    chat = await operator.system.avito.chat()

    message = await operator.system.avito.write(chat, begins.format(f"{PREFIX}\u00a0Номер просмотрен"))

    assert (await operator.sees(chat, message))["direction"] == "system"


async def test_a_buyer_who_quotes_the_prefix_is_a_buyer(operator: Operator) -> None:
    chat = await operator.system.avito.chat()

    message = await operator.system.avito.write(chat, f"Мне пришло «{PREFIX} Номер просмотрен», что это?")

    assert (await operator.sees(chat, message))["direction"] == "in"
    assert await operator.notice(chat) == LOUD


@pytest.mark.parametrize("form", ["type", "text", "notice", "row"])
async def test_a_deletion_is_quiet_in_each_form(operator: Operator, form: str) -> None:
    avito = operator.system.avito
    chat = await avito.chat()
    message = await avito.write(chat, "Ой, не вам")
    await operator.sees(chat, message)
    assert await operator.notice(chat) == LOUD

    await avito.delete(chat, message, form=form)

    async def deleted() -> bool:
        return all(one["deleted"] for one in await operator.thread(chat))

    await until(deleted)
    assert await operator.notice(chat) == QUIET | {"rings": 1}
    assert DELETED not in {one["content"].get("text") for one in await operator.thread(chat)}


async def test_a_buyer_who_types_the_words_of_a_deletion_is_shown_typing_them(operator: Operator) -> None:
    avito = operator.system.avito
    chat = await avito.chat()
    await operator.sees(chat, await avito.write(chat, "Вижу у себя"))

    message = await avito.write(chat, DELETED)

    shown = await operator.sees(chat, message)
    assert (shown["deleted"], shown["content"].get("text")) == (False, DELETED)

    async def rung() -> bool:
        return await operator.notice(chat) == {"unread": 2, "waits": True, "rings": 2}

    await until(rung)


ITEMS = {
    "another's": ({"user_id": 307400500, "title": "Стенд"}, "Стенд", {"waits": False}, True),
    "0": ({"id": 0, "title": "Стенд"}, None, {"waits": True}, False),
    "none": (None, None, {"waits": True}, False),
    "ours": ({"title": "Стенд"}, "Стенд", {"waits": True}, False),
}


@pytest.mark.parametrize(("item", "title", "notice", "buying"), ITEMS.values(), ids=ITEMS.keys())
async def test_whose_the_item_is_says_who_waits(
    operator: Operator, item: dict[str, Any] | None, title: str | None, notice: dict[str, Any], buying: bool
) -> None:
    avito = operator.system.avito
    chat = await avito.chat(item=item)
    await operator.sees(chat, await avito.write(chat, "Здравствуйте"))

    async def enriched() -> dict[str, Any] | None:
        shown = await operator.chat(chat)
        return shown if shown["enriched"] else None

    shown = await until(enriched)

    assert ((shown["item"] or {}).get("title"), shown["type"]) == (title, "u2i")
    assert shown["buying"] == buying
    assert {"waits": shown["unanswered_since"] is not None} == notice
    listed = {kind: bool(await operator.chat(chat, filter=kind)) for kind in ("buying", "selling")}
    assert listed == {"buying": buying, "selling": not buying}


async def test_calls_by_the_hundred_ask_for_nothing_until_the_buyer_has_said_a_word(
    operator: Operator,
) -> None:
    avito = operator.system.avito
    chats = (await avito.burst(messages=200, chats=200, type="appCall"))["chat_ids"]
    await avito.burst(messages=200, chat_ids=chats, type="call")

    async def shown() -> bool:
        return all([(await operator.chat(chat)).get("last_message") for chat in chats[::50]])

    await until(shown)
    assert [await operator.notice(chat) for chat in chats[::50]] == [QUIET] * 4

    await operator.sees(chats[0], await avito.write(chats[0], "Не дозвонился"))
    await operator.sees(chats[0], await avito.write(chats[0], "", type="call"))

    told = await operator.notice(chats[0])
    assert (told["waits"], told["unread"] >= 2) == (True, True)


async def test_the_owner_says_within_seconds_how_calls_are_noticed(operator: Operator) -> None:
    avito = operator.system.avito

    async def noticed() -> dict[str, Any]:
        chat = await avito.chat()
        await operator.sees(chat, await avito.write(chat, "", type="appCall", content={}))
        return await operator.notice(chat)

    for choice, notice in (("ring", QUIET | {"unread": 1, "rings": 1}), ("wait", LOUD), ("auto", QUIET)):
        answer = await operator.panel.post("owner/options", notice={"appCall": choice})
        assert answer.status_code == 200

        async def followed(notice: dict[str, Any] = notice) -> bool:
            return await noticed() == notice

        await until(followed, every=0.5)


@pytest.mark.parametrize(
    "wrong",
    [{"body": '{"chats": null}'}, {"body": '{"error": "expired"}'}, {"status": 503}],
    ids=["null", "an error as text", "503"],
)
async def test_a_list_that_cannot_be_read_is_told_and_heals(
    operator: Operator, wrong: dict[str, Any]
) -> None:
    avito = operator.system.avito
    await avito.strike("chats", **{"status": 200} | wrong)

    await until_status(operator.system, lambda told: told["status"] == "degraded" and told["sweep_error"])
    await avito.calm()

    await until_status(operator.system, lambda told: told["status"] == "ok" and not told["sweep_error"])


async def test_an_answer_that_is_no_token_is_not_taken_for_refused_keys(operator: Operator) -> None:
    await until_status(operator.system, lambda told: told["avito"] == "ok")
    await operator.system.avito.strike("token", status=200, body="<html>", content_type="text/html")
    await operator.system.avito.ask("tokens/revoke")

    told = await until_status(operator.system, lambda told: told["avito"] != "ok")

    assert (told["avito"].partition(" ")[0], told["status"]) == ("down", "degraded")


@pytest.mark.parametrize("lost", [False, True], ids=["by webhook", "by a sweep"])
@pytest.mark.parametrize("switched", [True, False])
async def test_half_a_character_and_ids_as_text_are_shown(
    operator: Operator, switched: bool, lost: bool
) -> None:
    avito = operator.system.avito
    await avito.faults(ids_as_text=switched, lone_surrogates=switched, webhook_drop=int(lost))
    chat = await avito.chat(buyer={"name": "Вера \ufffd"})
    neighbour = await avito.chat()

    message = await avito.write(chat, "Привет \ufffd")
    other = await avito.write(neighbour, "Здравствуйте")

    shown = await operator.sees(chat, message)
    assert (shown["direction"], shown["content"]["text"]) == ("in", "Привет \ufffd")
    assert (await operator.sees(neighbour, other))["direction"] == "in"

    async def named() -> bool:
        buyer = (await operator.chat(chat))["buyer"] or {}
        return bool(buyer.get("name") == "Вера \ufffd")

    await until(named)


LISTS = {
    "in disorder": {"chats_unordered_s": 4 * 86_400},
    "bare": {"lists_bare": True, "lists_meta": False},
    "the same page for ever": {"same_page": True},
    "stubs in rows": {"tariff": "stub_in_chats"},
    "usual": {},
}


@pytest.mark.parametrize("switches", LISTS.values(), ids=LISTS.keys())
async def test_what_no_webhook_told_is_found_in_lists_of_each_form(
    operator: Operator, switches: dict[str, Any]
) -> None:
    avito, now = operator.system.avito, int(time.time())
    chats = [await avito.chat(created=now - 9 * 86_400) for _ in range(6)]
    for number, chat in enumerate(chats):
        await operator.sees(
            chat, await avito.write(chat, "Здравствуйте", created=now - 86_400 * (number + 1))
        )
    await avito.faults(webhook_drop=1, **switches)

    lost = [await avito.write(chat, f"Где мой ответ в {chat}?") for chat in chats]

    for chat, message in zip(chats, lost, strict=True):
        assert (await operator.sees(chat, message))["content"]["text"] == f"Где мой ответ в {chat}?"
