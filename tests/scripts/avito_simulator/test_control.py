from typing import Any

import pytest

from tests.scripts.avito_simulator.conftest import ACCOUNT, Control
from tests.scripts.avito_simulator.receiver import Receiver

pytestmark = pytest.mark.anyio

ALL_TYPES = (
    "text", "image", "link", "item", "location", "voice",
    "call", "system", "deleted", "appCall", "file", "video",
)  # fmt: skip


@pytest.mark.parametrize("kind", [*ALL_TYPES, "hologram"])
async def test_every_type_and_an_unknown_one_can_be_written(
    control: Control, receiver: Receiver, kind: str
) -> None:
    chat_id = await control.chat()

    message = await control.write(chat_id, type=kind)
    await control("idle")

    assert (message["type"], receiver.received[0].value["type"]) == (kind, kind)
    assert receiver.received[0].value["content"] == message["content"]
    assert bool(message["content"]) == (kind in ALL_TYPES[:8])


async def test_content_is_sent_as_it_is_given(control: Control) -> None:
    content = {"link": {"text": "a.test", "url": "https://a.test", "preview": None}}

    message = await control.write(await control.chat(), type="link", content=content)

    assert message["content"] == content


@pytest.mark.parametrize(
    ("more", "flow_id"),
    [({}, None), ({"flow_id": "sbc_seller_notification"}, "sbc_seller_notification")],
)
async def test_system_messages_have_a_prefix_or_a_flow(
    control: Control, more: dict[str, str], flow_id: str | None
) -> None:
    message = await control.write(await control.chat(), by="system", text="Номер просмотрен", **more)

    prefix = "" if flow_id else "[Системное сообщение] "
    assert (message["type"], message["author_id"]) == ("system", 1)
    assert message["content"] == {"text": prefix + "Номер просмотрен", "flow_id": flow_id}


async def test_a_bot_has_a_flow_and_the_seller_the_accounts_id(control: Control) -> None:
    chat_id = await control.chat()

    bot = await control.write(chat_id, by="bot", flow_id="my_flow", text="Скидка")
    seller = await control.write(chat_id, by="seller", text="Да")

    assert bot["content"] == {"text": "Скидка", "flow_id": "my_flow"}
    assert (seller["author_id"], seller["direction"]) == (ACCOUNT, "out")


async def test_messages_of_one_second_are_listed_by_when_they_came_in(control: Control) -> None:
    chat_id = await control.chat()
    for text in ("a", "b"):
        await control.write(chat_id, text=text, created=500)
    await control.write(chat_id, text="older", created=400)

    (thread,) = (await control.truth("chats"))["chats"]

    assert [row["content"]["text"] for row in thread["messages"]] == ["b", "a", "older"]


async def test_the_buyer_reads_and_the_truth_says_when(control: Control) -> None:
    chat_id = await control.chat()
    await control.write(chat_id, by="seller", text="Да")
    await control.write(chat_id, text="Спасибо")

    await control(f"chats/{chat_id}/read", by="buyer")
    (thread,) = (await control.truth("chats"))["chats"]
    assert (thread["unread"], thread["messages"][1]["read"]) == (1, thread["chat"]["updated"])

    await control(f"chats/{chat_id}/read", by="seller")
    (thread,) = (await control.truth("chats"))["chats"]
    assert thread["unread"] == 0


async def test_the_truth_can_be_asked_in_parts(control: Control) -> None:
    told = await control.truth("subscriptions")

    assert set(told) == {"account_id", "now", "subscriptions"}


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        ("chats", {"type": "u2x"}, 400, "type"),
        ("chats", {"buyer": {"nick": "x"}}, 400, "nick"),
        ("chats/none/messages", {}, 404, "none"),
        ("chats/c/messages", {"by": "nobody"}, 400, "by"),
        ("chats/c/messages", {"quote_id": "none"}, 404, "none"),
        ("chats/c/messages", {"id": "m"}, 409, "m"),
        ("chats/c/messages/none/delete", {}, 404, "none"),
        ("chats", {"id": "c"}, 409, "c"),
        ("burst", {"messages": 0}, 400, "messages"),
        ("faults", {"webhook_drop": "much"}, 400, "webhook_drop"),
    ],
)
async def test_mistakes_are_named(
    control: Control, path: str, body: dict[str, Any], status: int, word: str
) -> None:
    await control.chat(id="c")
    await control.write("c", id="m")

    response = await control.http.post(f"/_control/{path}", json=body)

    assert response.status_code == status
    assert word in response.json()["error"]["message"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"x"'])
async def test_what_is_no_object_is_refused(control: Control, body: bytes) -> None:
    response = await control.http.post("/_control/chats", content=body)

    assert response.status_code == 400


async def test_unknown_parts_of_the_truth_are_refused(control: Control) -> None:
    for query in ("parts=lies", "since=yesterday"):
        response = await control.http.get(f"/_control/truth?{query}")
        assert response.status_code == 400


async def test_faults_can_be_seen_and_reset(control: Control) -> None:
    await control.faults(echo="never", webhook_drop=0.5)
    await control("faults/endpoints", operation="chats", status=500)

    shown = (await control.http.get("/_control/faults")).json()
    assert (shown["switches"]["echo"], shown["switches"]["webhook_drop"]) == ("never", 0.5)
    assert shown["endpoints"][0]["struck"] == 0
    assert "send_image" in shown["operations"]

    after = await control("faults/reset")
    assert (after["switches"]["echo"], after["endpoints"]) == ("after", [])


async def test_endpoint_faults_alone_can_be_ended(control: Control) -> None:
    await control.faults(echo="never")
    await control("faults/endpoints", operation="chats", status=500)

    after = await control("faults/endpoints", method="DELETE")

    assert (after["switches"]["echo"], after["endpoints"]) == ("never", [])


async def test_the_index_lists_what_there_is(control: Control) -> None:
    routes = (await control.http.get("/_control/")).json()["routes"]

    assert "POST /_control/burst" in routes
