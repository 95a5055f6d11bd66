"""What is odd about the real Avito: each switch alone, at the simulator itself."""

import json
from typing import Any

import httpx2
import pytest

from tests.scripts.avito_simulator.conftest import ACCOUNT, Clock, Control, url
from tests.scripts.avito_simulator.receiver import Receiver

pytestmark = pytest.mark.anyio
PREFIX = "[Системное сообщение] "


async def rows(api: httpx2.AsyncClient, chat_id: str) -> list[dict[str, Any]]:
    return list((await api.get(url(3, f"chats/{chat_id}/messages/"))).json()["messages"])


async def listed(api: httpx2.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    return list((await api.get(url(2, f"chats{query}"))).json()["chats"])


async def test_avitos_own_texts_may_come_in_the_buyers_name(
    api: httpx2.AsyncClient, control: Control, receiver: Receiver
) -> None:
    chat_id = await control.chat(buyer={"id": 77})
    await control.faults(system_as_buyer=True)

    await control.write(chat_id, by="system", text="Номер просмотрен")
    await control("idle")

    (row,) = await rows(api, chat_id)
    for told in (receiver.received[0].value, row):
        assert (told["type"], told["author_id"]) == ("text", 77)
        assert told["content"]["text"] == f"{PREFIX}Номер просмотрен"


async def test_ids_may_be_text_in_webhooks_and_lists(
    api: httpx2.AsyncClient, control: Control, receiver: Receiver
) -> None:
    chat_id = await control.chat(buyer={"id": 77}, item={"id": 11})
    await control.faults(ids_as_text=True)
    await control.write(chat_id)
    await control("idle")

    (chat,), (row,), webhook = await listed(api), await rows(api, chat_id), receiver.received[0].value

    assert (webhook["user_id"], webhook["author_id"], webhook["item_id"]) == (str(ACCOUNT), "77", "11")
    assert row["author_id"] == "77"
    assert (chat["context"]["value"]["id"], isinstance(chat["updated"], int)) == ("11", True)
    assert {user["id"] for user in chat["users"]} == {"77", str(ACCOUNT)}


async def test_half_a_character_stands_in_webhooks_and_lists(
    api: httpx2.AsyncClient, control: Control, receiver: Receiver
) -> None:
    chat_id = await control.chat()
    await control.faults(lone_surrogates=True)
    await control.write(chat_id, text="Привет \ufffd")
    await control("idle")

    answer = await api.get(url(3, f"chats/{chat_id}/messages/"))

    assert b"\\ud83d" in answer.content
    assert json.loads(answer.content)["messages"][0]["content"]["text"] == "Привет \ud83d"
    assert receiver.received[0].value["content"]["text"] == "Привет \ud83d"


async def test_an_item_may_be_none_zero_or_anothers(api: httpx2.AsyncClient, control: Control) -> None:
    none = await control.chat(item=None)
    zero = await control.chat(item={"id": 0})
    anothers = await control.chat(item={"user_id": 5})

    chats = {chat["id"]: chat for chat in await listed(api)}

    assert "context" not in chats[none]
    assert chats[zero]["context"]["value"]["id"] == 0
    assert chats[anothers]["context"]["value"]["user_id"] == 5


async def test_a_list_may_be_in_disorder_and_every_page_still_has_its_own_chats(
    api: httpx2.AsyncClient, control: Control, clock: Clock
) -> None:
    for _ in range(12):
        clock.now += 3600
        await control.chat()
    right = [chat["id"] for chat in await listed(api)]
    await control.faults(chats_unordered_s=86_400)

    pages = [await listed(api, f"?limit=4&offset={offset}") for offset in (0, 4, 8)]

    found = [chat["id"] for page in pages for chat in page]
    assert found != right
    assert sorted(found) == sorted(right)


async def test_a_list_may_be_the_same_page_for_ever(api: httpx2.AsyncClient, control: Control) -> None:
    for _ in range(3):
        await control.chat()
    await control.faults(same_page=True)

    first, last = [(await api.get(url(2, f"chats?limit=2&offset={at}"))).json() for at in (0, 900)]

    assert [one["id"] for one in first["chats"]] == [one["id"] for one in last["chats"]]
    assert last["meta"] == {"has_more": True}


async def test_a_list_of_chats_alone_may_show_the_stub(api: httpx2.AsyncClient, control: Control) -> None:
    chat_id = await control.chat()
    await control.write(chat_id, text="Секрет")
    await control.faults(tariff="stub_in_chats")

    (chat,), (row,) = await listed(api), await rows(api, chat_id)

    assert "подписку" in chat["last_message"]["content"]["text"]
    assert row["content"]["text"] == "Секрет"


async def test_a_deletion_may_be_a_new_row_of_the_list(
    api: httpx2.AsyncClient, control: Control, receiver: Receiver
) -> None:
    chat_id = await control.chat()
    gone = await control.write(chat_id, text="Ой")

    await control(f"chats/{chat_id}/messages/{gone['id']}/delete", form="row")
    await control("idle")

    notice, left = await rows(api, chat_id)
    assert (left["id"], left["type"]) == (gone["id"], "deleted")
    assert (notice["type"], notice["content"]) == ("text", {"text": "Сообщение удалено"})
    assert receiver.received[-1].value["id"] == notice["id"]


async def test_a_fault_may_wrap_the_answer_of_an_operation(api: httpx2.AsyncClient, control: Control) -> None:
    chat_id = await control.chat()
    wrapped: dict[str, Any] = {
        "operation": "chat",
        "when": "after",
        "status": 200,
        "body": '{"result": {answer}}',
    }
    await control("faults/endpoints", **wrapped)

    answer = (await api.get(url(2, f"chats/{chat_id}"))).json()

    assert answer["result"]["id"] == chat_id


async def test_a_burst_may_make_chats_of_calls_alone(control: Control) -> None:
    made = await control("burst", messages=40, chats=40, type="appCall")

    threads = (await control.truth("chats"))["chats"]

    assert {thread["id"] for thread in threads} == set(made["chat_ids"])
    assert [[row["type"] for row in thread["messages"]] for thread in threads] == [["appCall"]] * 40
