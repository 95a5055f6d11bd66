from typing import Any

import httpx2
import pytest

from tests.scripts.avito_simulator.conftest import ACCOUNT, Clock, Control, url

pytestmark = pytest.mark.anyio


async def ids(api: httpx2.AsyncClient, query: str = "") -> list[str]:
    response = await api.get(url(2, f"chats{query}"))
    response.raise_for_status()
    return [chat["id"] for chat in response.json()["chats"]]


async def history(api: httpx2.AsyncClient, chat_id: str, query: str = "") -> Any:
    return (await api.get(url(3, f"chats/{chat_id}/messages/{query}"))).json()


async def test_only_item_chats_are_listed_unless_asked_otherwise(
    api: httpx2.AsyncClient, control: Control
) -> None:
    item, profile, avito = [await control.chat(type=kind) for kind in ("u2i", "u2u", "a2u")]

    assert await ids(api) == [item]
    assert set(await ids(api, "?chat_types=u2i,u2u,a2u")) == {item, profile, avito}
    assert set(await ids(api, "?chat_types=u2u&chat_types=a2u")) == {profile, avito}


async def test_chats_are_picked_by_item_and_unread(api: httpx2.AsyncClient, control: Control) -> None:
    first, second = [await control.chat(item={"id": number}) for number in (11, 22)]
    await control.write(second)

    assert await ids(api, "?item_ids=11,33") == [first]
    assert set(await ids(api, "?item_ids=11&item_ids=22")) == {first, second}
    assert await ids(api, "?unread_only=true") == [second]

    assert (await api.post(url(1, f"chats/{second}/read"))).json() == {"ok": True}

    assert await ids(api, "?unread_only=true") == []


async def test_a_chat_holds_the_item_both_users_and_the_last_message(
    api: httpx2.AsyncClient, control: Control, clock: Clock
) -> None:
    chat_id = await control.chat(item={"id": 5_000_000_000, "title": "Стол"}, buyer={"name": "Вера"})
    clock.now += 60
    await control.write(chat_id, text="Здравствуйте")

    chat = (await api.get(url(2, f"chats/{chat_id}"))).json()

    assert chat["context"]["value"]["title"] == "Стол"
    assert chat["context"]["value"]["price_string"] == "18\u00a0500\u00a0₽"
    assert {user["id"] == ACCOUNT for user in chat["users"]} == {True, False}
    assert chat["last_message"]["content"] == {"text": "Здравствуйте"}
    assert (chat["updated"] - chat["created"], chat["last_message"]["direction"]) == (60, "in")


async def test_the_two_users_come_in_no_certain_order(api: httpx2.AsyncClient, control: Control) -> None:
    chat_id = await control.chat()
    answers = [(await api.get(url(2, f"chats/{chat_id}"))).json() for _ in range(40)]

    assert len({answer["users"][0]["id"] for answer in answers}) == 2


async def test_a_buyer_may_be_nameless(api: httpx2.AsyncClient, control: Control) -> None:
    chat_id = await control.chat(buyer={"id": 77, "name": None})

    users = (await api.get(url(2, f"chats/{chat_id}"))).json()["users"]

    assert {"id": 77} in users


async def test_pages_say_whether_there_is_more(api: httpx2.AsyncClient, control: Control) -> None:
    for _ in range(3):
        await control.chat()

    first = (await api.get(url(2, "chats?limit=2"))).json()
    second = (await api.get(url(2, "chats?limit=2&offset=2"))).json()

    assert (len(first["chats"]), first["meta"]) == (2, {"has_more": True})
    assert (len(second["chats"]), second["meta"]) == (1, {"has_more": False})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("offset=1001", "offset"),
        ("offset=-1", "offset"),
        ("chat_types=u2x", "chat_types"),
        ("item_ids=red", "item_ids"),
        ("unread_only=perhaps", "unread_only"),
    ],
)
async def test_parameters_out_of_bounds_are_named(api: httpx2.AsyncClient, query: str, field: str) -> None:
    response = await api.get(url(2, f"chats?{query}"))

    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == [field]


async def test_a_history_is_an_object_newest_first_with_is_read(
    api: httpx2.AsyncClient, control: Control
) -> None:
    chat_id = await control.chat()
    first = await control.write(chat_id, text="1")
    await control.write(chat_id, text="2", quote_id=first["id"])

    page = await history(api, chat_id)

    assert [row["content"]["text"] for row in page["messages"]] == ["2", "1"]
    assert page["messages"][0]["quote"]["id"] == first["id"]
    assert page["messages"][0]["isRead"] is False
    assert page["meta"] == {"has_more": False}


async def test_a_history_has_the_other_reported_forms(api: httpx2.AsyncClient, control: Control) -> None:
    chat_id = await control.chat()
    for text in "ab":
        await control.write(chat_id, text=text)
    await control.faults(lists_bare=True, read_field="is_read")

    rows = await history(api, chat_id)

    assert [row["content"]["text"] for row in rows] == ["b", "a"]
    assert all("isRead" not in row and row["is_read"] is False for row in rows)


async def test_reading_a_history_does_not_mark_it_read(api: httpx2.AsyncClient, control: Control) -> None:
    chat_id = await control.chat()
    await control.write(chat_id)

    await history(api, chat_id)

    assert await ids(api, "?unread_only=true") == [chat_id]


@pytest.mark.parametrize(
    "path", [url(2, "chats/none"), url(3, "chats/none/messages/"), "/messenger/v1/webhooks", "/x"]
)
async def test_what_is_unknown_is_404_in_avitos_envelope(api: httpx2.AsyncClient, path: str) -> None:
    response = await api.get(path)

    assert response.status_code == 404
    assert response.json() == {"error": {"code": 404, "message": "Not found"}}


async def test_another_account_is_forbidden(api: httpx2.AsyncClient) -> None:
    assert (await api.get("/messenger/v2/accounts/5/chats")).status_code == 403


async def test_blocked_buyers_write_no_more(api: httpx2.AsyncClient, control: Control) -> None:
    chat_id = await control.chat(buyer={"id": 77})
    users = [{"user_id": 77, "context": {"item_id": 1, "reason_id": 2}}]

    response = await api.post(url(2, "blacklist"), json={"users": users})

    assert (response.status_code, response.content) == (200, b"")
    refused = await control.http.post(f"/_control/chats/{chat_id}/messages", json={})
    assert refused.status_code == 409


@pytest.mark.parametrize("users", [None, [], [{}], ["x"], [{"user_id": 1, "context": {"reason_id": 5}}]])
async def test_an_invalid_blacklist_blocks_no_buyer(
    api: httpx2.AsyncClient, control: Control, users: object
) -> None:
    response = await api.post(url(2, "blacklist"), json={"users": users})

    assert response.status_code == 400
    assert (await control.truth("chats"))["blacklist"] == []
