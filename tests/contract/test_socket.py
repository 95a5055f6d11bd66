"""WebSocket: close codes, the greeting, every event, and invalid frames."""

import asyncio
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Origin

from shared import __version__
from testbed import ACCOUNT, USERNAME, System
from tests.contract.shapes import BUYER, CHAT_OF_AVITO, CONTENTS, NOW, message, outbox_item, webhook, without
from tests.push_gateway.panel import PATH, Panel, Socket

pytestmark = pytest.mark.anyio


async def post(system: System, body: dict[str, Any]) -> None:
    assert (await system.http.post(system.webhook_url, json=body)).status_code == 200


async def next_of(socket: Socket, chat_id: str, *types: str) -> dict[str, Any]:
    """Return the next event of this chat, of one of these types."""
    async with asyncio.timeout(30):
        while True:
            event = await socket.read()
            if event.get("chat_id") == chat_id and event["type"] in types:
                return event


async def opened(socket: Socket) -> dict[str, Any]:
    hello = await socket.read()
    assert hello["type"] == "hello"
    return hello


@pytest.mark.parametrize(
    ("session", "origin", "code"),
    [(False, "own", 4401), (False, "https://evil.example", 4403), (True, "https://evil.example", 4403)],
)
async def test_a_refused_client_gets_the_close_code_after_the_handshake(
    panel: Panel, session: bool, origin: str, code: int
) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in panel.http.cookies.items()) if session else ""
    async with connect(
        panel.base.replace("http", "ws", 1) + f"{PATH}ws",
        origin=Origin(panel.base if origin == "own" else origin),
        additional_headers={"Cookie": cookies},
    ) as ws:
        await ws.wait_closed()

    assert ws.close_code == code


async def test_a_newcomer_is_greeted_with_the_head(system: System, panel: Panel) -> None:
    async with panel.socket() as live:
        await opened(live)
        await post(system, webhook("c-head", "m-head"))
        last = await next_of(live, "c-head", "message")

    async with panel.socket() as socket:
        hello = await opened(socket)

    head = await panel.get("api/events")
    promised = ("type", "epoch", "recovered", "mode", "reason", "operator", "version")
    assert {name: hello[name] for name in promised} == {
        "type": "hello",
        "epoch": head["epoch"],
        "recovered": False,
        "mode": "webhook",
        "reason": None,
        "operator": USERNAME,
        "version": __version__,
    }
    assert last["seq"] <= hello["seq"] <= head["seq"]


async def test_a_reconnecting_client_gets_exactly_the_missed_events_in_order(
    system: System, panel: Panel
) -> None:
    place = await panel.get("api/events")
    async with panel.socket() as live:
        await opened(live)
        await post(system, webhook("c-missed", "m-missed"))
        last = await next_of(live, "c-missed", "message")

    async with panel.socket(place) as back, asyncio.timeout(30):
        hello = await opened(back)
        seqs = await back.read_until(last["seq"])

    assert (hello["recovered"], hello["seq"]) == (True, place["seq"])
    assert seqs == list(range(place["seq"] + 1, last["seq"] + 1))


@pytest.mark.parametrize("change", [{"epoch": "other"}, {"seq": 10**9}, {"seq": -1}, {"seq": "x"}])
async def test_a_foreign_position_is_not_recovered(panel: Panel, change: dict[str, Any]) -> None:
    place = await panel.get("api/events")
    async with panel.socket(place | change) as socket:
        hello = await opened(socket)

    assert (hello["recovered"], hello["epoch"]) == (False, place["epoch"])
    assert hello["seq"] >= place["seq"]


async def test_a_first_message_is_a_chat_event_then_a_message_event(system: System, panel: Panel) -> None:
    async with panel.socket() as socket:
        await opened(socket)
        await post(system, webhook("c-first", "m-first"))
        created = await next_of(socket, "c-first", "chat", "message")
        heard = await next_of(socket, "c-first", "chat", "message")

    shown = message("c-first", "m-first")
    scope = {"account_id": ACCOUNT, "chat_id": "c-first"}
    counters = {"unread": 1, "unanswered_since": NOW, "updated": NOW, "last_message": shown}
    facts = {"id": "c-first", "account_id": ACCOUNT, "type": "u2i", "buyer": None, "item": None}
    assert without(created, "seq", "at") == scope | {
        "type": "chat",
        "chat": facts | {"enriched": False, "owner": None, "buying": False} | counters,
    }
    assert without(heard, "at") == scope | {
        "type": "message",
        "seq": created["seq"] + 1,
        "message": shown,
        "chat": counters,
        "ring": True,
    }
    assert isinstance(heard["at"], float)


@pytest.mark.parametrize("kind", CONTENTS)
async def test_every_type_is_shown_as_avito_gave_it(system: System, panel: Panel, kind: str) -> None:
    author = 1 if kind == "system" else BUYER
    chat_id = f"c-{kind}"
    async with panel.socket() as socket:
        await opened(socket)
        body = webhook(chat_id, "m-type", type=kind, content=CONTENTS[kind], author_id=author)
        await post(system, body)
        heard = await next_of(socket, chat_id, "message")

    assert heard["message"] == message(
        chat_id,
        "m-type",
        type=kind,
        content=CONTENTS[kind],
        author_id=author,
        direction="system" if kind == "system" else "in",
        deleted=kind == "deleted",
    )
    counts = kind not in ("system", "deleted", "call", "appCall")  # calls: not before a word of the buyer
    assert (heard["chat"]["unread"], heard["ring"]) == (int(counts), counts)
    assert heard["chat"]["unanswered_since"] == (NOW if counts else None)


async def test_the_short_shape_is_a_message_too(system: System, panel: Panel) -> None:
    body = {"id": "m-short", "chat_id": "c-short", "author_id": BUYER, "created": NOW, "type": "text"}
    async with panel.socket() as socket:
        await opened(socket)
        await post(system, {"message": body | {"content": {"text": "m-short"}}})
        heard = await next_of(socket, "c-short", "message")

    assert heard["message"] == message("c-short", "m-short")


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"type": "deleted", "content": {}}, id="by type"),
        pytest.param({"type": "text", "content": {"text": "Сообщение удалено"}}, id="by text"),
    ],
)
async def test_a_deleted_message_stays_in_its_place_and_needs_no_answer(
    system: System, panel: Panel, form: dict[str, Any]
) -> None:
    chat_id = f"c-gone-{form['type']}"
    async with panel.socket() as socket:
        await opened(socket)
        await post(system, webhook(chat_id, "m-gone"))
        await next_of(socket, chat_id, "message")
        await post(system, webhook(chat_id, "m-gone", **form))
        gone = await next_of(socket, chat_id, "message")

    shown = message(chat_id, "m-gone", type="deleted", content={}, deleted=True)
    assert gone["message"] == shown
    assert gone["chat"] == {"unread": 0, "unanswered_since": None, "updated": NOW, "last_message": shown}
    assert gone["ring"] is False


async def test_an_echo_is_ours_and_ends_the_waiting_but_a_bots_only_the_unread(
    system: System, panel: Panel
) -> None:
    async with panel.socket() as socket:
        await opened(socket)
        steps = [
            webhook("c-echo", "m-1"),
            webhook(
                "c-echo", "m-2", author_id=ACCOUNT, created=NOW + 1, content={"text": "", "flow_id": "x"}
            ),
            webhook("c-echo", "m-3", author_id=ACCOUNT, created=NOW + 2),
        ]
        told = []
        for step in steps:
            await post(system, step)
            told.append(await next_of(socket, "c-echo", "message"))

    assert [event["message"]["direction"] for event in told] == ["in", "out", "out"]
    assert [event["chat"]["unread"] for event in told] == [1, 0, 0]
    assert [event["chat"]["unanswered_since"] for event in told] == [NOW, NOW, None]
    assert told[2]["message"]["own"] is None


async def test_a_reply_a_read_and_their_events(system: System, panel: Panel) -> None:
    chat_id = await system.avito.chat(**CHAT_OF_AVITO)
    async with panel.socket() as socket:
        await opened(socket)
        message_id = await system.avito.write(chat_id, "Здравствуйте", created=NOW)
        await next_of(socket, chat_id, "message")
        assert (await panel.http.post(f"{PATH}api/chats/{chat_id}/read")).status_code == 202
        read = await next_of(socket, chat_id, "read")
        url = f"{PATH}api/chats/{chat_id}/messages"
        await panel.http.post(url, json={"text": "Да", "ref": "contract-1"})
        told = [await next_of(socket, chat_id, "outbox") for _ in range(3)]

    shown = message(chat_id, message_id, content={"text": "Здравствуйте"}, read=True)
    assert without(read["chat"], "updated") == {"unread": 0, "unanswered_since": NOW, "last_message": shown}
    assert without(read, "seq", "at", "chat") == {
        "type": "read",
        "account_id": ACCOUNT,
        "chat_id": chat_id,
    }
    sent = told[2]["item"]["message_id"]
    assert [without(event["item"], "at") for event in told] == [
        outbox_item(chat_id, "contract-1", text="Да"),
        outbox_item(chat_id, "contract-1", text="Да", state="sending", tries=1),
        outbox_item(chat_id, "contract-1", text="Да", state="sent", tries=1, message_id=sent),
    ]
    assert isinstance(sent, str)


@pytest.mark.parametrize(
    "frame", ["junk", "[]", "{}", '{"type":"nope"}', '{"type":"viewing"}', '{"type":"shown"}', b"\x00"]
)
async def test_what_is_no_frame_of_ours_is_answered_and_harms_nothing(
    panel: Panel, frame: str | bytes
) -> None:
    async with panel.socket() as socket, asyncio.timeout(30):
        await opened(socket)
        await socket.ws.send(frame)
        refused = await socket.read_type("error")
        await socket.say(type="ping")
        alive = await socket.read_type("pong")

    assert isinstance(refused.pop("message"), str)
    assert refused == {"type": "error", "code": "bad_frame"}
    assert alive == {"type": "pong"}


async def test_a_canary_names_the_head_and_has_no_number_of_its_own(panel: Panel) -> None:
    async with panel.socket() as socket, asyncio.timeout(30):
        hello = await opened(socket)
        canary = await socket.read_type("canary")

    assert canary.keys() == {"type", "seq", "at"}
    assert canary["seq"] >= hello["seq"]
