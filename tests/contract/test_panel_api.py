"""HTTP, push gateway: reads, writes and their refusals as the panel and integrators rely on them."""

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx2
import pytest

from testbed import ACCOUNT, System, until
from tests.contract.shapes import CHAT_OF_AVITO, NOW, message, outbox_item, webhook, without
from tests.push_gateway.panel import PATH, Panel

pytestmark = pytest.mark.anyio


async def post_webhook(system: System, chat_id: str, message_id: str, **more: Any) -> None:
    answer = await system.http.post(system.webhook_url, json=webhook(chat_id, message_id, **more))
    assert answer.status_code == 200


async def thread(panel: Panel, chat_id: str, **query: Any) -> dict[str, Any]:
    return dict(await panel.get(f"api/chats/{quote(chat_id, safe='')}/messages", **query))


async def has(panel: Panel, chat_id: str, message_id: str) -> bool:
    answer = await panel.http.get(f"{PATH}api/chats/{quote(chat_id, safe='')}/messages")
    return answer.status_code == 200 and message_id in [row["id"] for row in answer.json()["messages"]]


async def named_chat(panel: Panel, chat_id: str) -> dict[str, Any] | None:
    chats: list[dict[str, Any]] = (await panel.get("api/chats", limit=100))["chats"]
    return next((chat for chat in chats if chat["id"] == chat_id and chat["enriched"]), None)


async def test_a_page_without_a_session_leads_to_the_login(system: System) -> None:
    answer = await system.http.get(f"{system.url('gateway')}{PATH}")

    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}login")


@pytest.mark.parametrize("path", ["chats", "chats/c/messages", "events", "voice/v"])
async def test_the_api_without_a_session_is_401(system: System, path: str) -> None:
    answer = await system.http.get(f"{system.url('gateway')}{PATH}api/{path}")

    assert answer.status_code == 401
    assert answer.json()["error"].keys() == {"code", "message"}


async def test_a_login_is_a_303_with_a_cookie_no_script_can_read(system: System) -> None:
    async with Panel.at(system.url("gateway")) as newcomer:
        answer = await newcomer.log_in()

    (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", PATH)


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example"])
@pytest.mark.parametrize(
    "path", ["logout", "api/chats/c/messages", "api/chats/c/images", "api/chats/c/read", "api/outbox/r/retry"]
)
async def test_a_write_that_no_page_of_ours_sends_is_403(panel: Panel, path: str, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    async with httpx2.AsyncClient(base_url=panel.base, cookies=panel.http.cookies, timeout=20) as elsewhere:
        answer = await elsewhere.post(PATH + path, headers=headers, json={"text": "x", "ref": "r"})

    assert answer.status_code == 403
    assert answer.json()["error"].keys() == {"code", "message"}


async def test_a_program_with_a_token_needs_no_origin(system: System, panel: Panel) -> None:
    made = await panel.http.post(f"{PATH}api/owner/tokens", json={"name": "crm", "scope": "reply"})
    async with httpx2.AsyncClient(base_url=panel.base, timeout=20) as program:
        headers = {"Authorization": f"Bearer {made.json()['token']}"}
        read = await program.get(f"{PATH}api/chats", headers=headers)
        wrote = await program.post(
            f"{PATH}api/chats/none/messages", headers=headers, json={"text": "x", "ref": "r"}
        )

    assert (read.status_code, wrote.status_code) == (200, 404)


async def test_a_chat_has_exactly_these_fields(system: System, panel: Panel) -> None:
    chat_id = await system.avito.chat(**CHAT_OF_AVITO)
    message_id = await system.avito.write(chat_id, "Здравствуйте", created=NOW)

    chat = await until(lambda: named_chat(panel, chat_id))

    links = [chat["buyer"].pop("avatar"), chat["buyer"].pop("url")]
    links += [chat["item"].pop("url"), chat["item"].pop("image")]
    assert all(link.startswith("http") for link in links)
    assert chat.pop("updated") >= NOW
    assert chat == {
        "id": chat_id,
        "account_id": ACCOUNT,
        "type": "u2i",
        "buyer": CHAT_OF_AVITO["buyer"],
        "item": CHAT_OF_AVITO["item"],
        "last_message": message(chat_id, message_id, content={"text": "Здравствуйте"}),
        "unread": 1,
        "unanswered_since": NOW,
        "enriched": True,
        "owner": None,
        "buying": False,
    }


async def test_a_thread_has_these_fields(system: System, panel: Panel) -> None:
    await post_webhook(system, "c-thread", "m-thread")
    await until(lambda: has(panel, "c-thread", "m-thread"))

    shown = await thread(panel, "c-thread")

    assert (type(shown["epoch"]), type(shown["seq"])) == (str, int)
    assert shown["messages"] == [message("c-thread", "m-thread")]
    assert (shown["outbox"], shown["next"]) == ([], None)


async def test_pages_run_oldest_to_newest_and_next_leads_to_the_page_above(
    system: System, panel: Panel
) -> None:
    ids = [f"p{number:02d}" for number in range(60)]
    for number, message_id in enumerate(ids):
        await post_webhook(system, "c-pages", message_id, created=NOW + number // 3)
    await until(lambda: has(panel, "c-pages", ids[-1]))

    first = await thread(panel, "c-pages")
    pages, above = [first["messages"]], first["next"]
    while above is not None:
        page = await thread(panel, "c-pages", before=above, limit=3)
        pages.insert(0, page["messages"])
        above = page["next"]

    assert [len(page) for page in pages] == [1, 3, 3, 3, 50]
    assert [row["id"] for page in pages for row in page] == ids


async def test_pages_of_chats_hold_each_once_the_newest_first(system: System, panel: Panel) -> None:
    for number in range(5):
        await post_webhook(system, f"c-list-{number}", f"m-list-{number}", created=NOW + number // 2)
    await until(lambda: has(panel, "c-list-4", "m-list-4"))
    whole = (await panel.get("api/chats", limit=100))["chats"]

    found, following = [], None
    while True:
        page = await panel.get("api/chats", limit=2, **({"before": following} if following else {}))
        found += page["chats"]
        following = page["next"]
        if following is None:
            break

    assert page.keys() == {"chats", "next", "epoch", "seq"}
    assert [chat["id"] for chat in found] == [chat["id"] for chat in whole]
    assert [chat["updated"] for chat in found] == sorted((chat["updated"] for chat in found), reverse=True)


async def test_filters_and_search_narrow_the_list(system: System, panel: Panel) -> None:
    await post_webhook(system, "c-waits", "zebra one")
    await post_webhook(system, "c-answered", "zebra two")
    await post_webhook(system, "c-answered", "zebra three", author_id=ACCOUNT, created=NOW + 1)
    await until(lambda: has(panel, "c-answered", "zebra three"))

    async def found(**query: Any) -> set[str]:
        chats = (await panel.get("api/chats", limit=100, **query))["chats"]
        return {chat["id"] for chat in chats} & {"c-waits", "c-answered"}

    assert await found() == await found(filter="all") == await found(q="zebra") == {"c-waits", "c-answered"}
    assert await found(filter="unread") == await found(filter="unanswered") == {"c-waits"}
    assert await found(q="three") == {"c-answered"}
    assert await found(q="three", filter="unread") == set()


@pytest.mark.parametrize(
    "query",
    ["chats?limit=0", "chats?limit=101", "chats?limit=x", "chats?before=x", "chats?filter=x", "events?seq=x"],
)
async def test_what_is_not_understood_is_422(panel: Panel, query: str) -> None:
    assert (await panel.http.get(f"{PATH}api/{query}")).status_code == 422


@pytest.mark.parametrize("chat_id", ["u2i-Qe7k_W2m~RtY5vB1n", "a/b", "x/messages", "чат 1", "50%2F?&#+"])
async def test_a_chat_id_is_opaque(system: System, panel: Panel, chat_id: str) -> None:
    await post_webhook(system, chat_id, "opaque")

    await until(lambda: has(panel, chat_id, "opaque"))

    url = f"{PATH}api/chats/{quote(chat_id, safe='')}/messages"
    assert (await panel.http.post(url, json={"text": "", "ref": "r"})).status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "messages"),
        ("POST", "messages"),
        ("POST", "read"),
        ("POST", "messages/m/delete"),
    ],
)
async def test_an_unknown_chat_is_404(panel: Panel, method: str, path: str) -> None:
    url = f"{PATH}api/chats/nobodys/{path}"
    body = {"text": "x", "ref": "r"} if method == "POST" else None

    answer = await panel.http.request(method, url, json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_chat")


@pytest.mark.parametrize(
    "body",
    [
        {"text": "", "ref": "r"},
        {"text": "x" * 1001, "ref": "r"},
        {"text": 1, "ref": "r"},
        {"ref": "r"},
        {"text": "x"},
        {"text": "x", "ref": ""},
        {"text": "x", "ref": "r" * 65},
        {"text": "x", "ref": "a_b"},
        [],
    ],
)
async def test_a_reply_of_the_wrong_form_is_422(system: System, panel: Panel, body: Any) -> None:
    await post_webhook(system, "c-form", "m-form")
    await until(lambda: has(panel, "c-form", "m-form"))

    assert (await panel.http.post(f"{PATH}api/chats/c-form/messages", json=body)).status_code == 422


async def test_a_ref_is_one_reply_for_every_client(system: System, panel: Panel) -> None:
    chat_id, other = await system.avito.chat(), await system.avito.chat()
    await arrive(system, panel, chat_id)
    await arrive(system, panel, other)
    ref = uuid4().hex

    async def send(chat: str, text: str) -> httpx2.Response:
        return await panel.http.post(
            f"{PATH}api/chats/{quote(chat, safe='')}/messages", json={"text": text, "ref": ref}
        )

    queued = await send(chat_id, "я" * 1000)
    await until(lambda: is_sent(send, chat_id))
    answers = [await send(chat_id, "другое"), await send(other, "я" * 1000)]

    assert queued.status_code == 202
    item = queued.json()
    assert without(item, "at") == outbox_item(chat_id, ref, text="я" * 1000)
    assert isinstance(item["at"], float)
    assert [answer.status_code for answer in answers] == [409, 409]
    written = [row for row in (await thread(panel, chat_id))["messages"] if row["direction"] == "out"]
    assert [row["own"] for row in written] == [{"operator": item["by"]}]
    assert written[0]["source"] in ("reply", "webhook")  # the echo may be there before Avito's answer
    for button in ("retry", "cancel"):
        assert (await panel.http.post(f"{PATH}api/outbox/{ref}/{button}")).status_code == 409
        assert (await panel.http.post(f"{PATH}api/outbox/none/{button}")).status_code == 404


async def arrive(system: System, panel: Panel, chat_id: str) -> None:
    message_id = await system.avito.write(chat_id, "hi", created=NOW)
    await until(lambda: has(panel, chat_id, message_id))


async def is_sent(send: Any, chat_id: str) -> bool:
    return bool((await send(chat_id, "я" * 1000)).json()["state"] == "sent")


async def test_events_are_given_from_a_place_on_or_not_at_all(system: System, panel: Panel) -> None:
    place = await panel.get("api/events")
    await post_webhook(system, "c-events", "m-events")
    await until(lambda: has(panel, "c-events", "m-events"))

    missed = await panel.get("api/events", epoch=place["epoch"], seq=place["seq"])
    strange = await panel.get("api/events", epoch="other", seq=place["seq"])
    ahead = await panel.get("api/events", epoch=place["epoch"], seq=10**9)

    assert without(place, "epoch", "seq") == {"events": [], "recovered": False}
    assert missed["recovered"] is True
    assert [event["seq"] for event in missed["events"]] == list(range(place["seq"] + 1, missed["seq"] + 1))
    for answer in (strange, ahead):
        assert (answer["events"], answer["recovered"]) == ([], False)


async def test_a_switch_of_mode_is_an_event_of_no_chat(panel: Panel) -> None:
    place = await panel.get("api/events")
    events = (await panel.get("api/events", epoch=place["epoch"], seq=0))["events"]

    switch = next(event for event in events if event["type"] == "mode")

    assert without(switch, "seq", "at") == {
        "type": "mode",
        "account_id": ACCOUNT,
        "chat_id": None,
        "mode": "webhook",
        "reason": None,
        "code": "",
        "detail": None,
        "recovered": 0,
    }
