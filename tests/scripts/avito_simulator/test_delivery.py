"""Webhooks, posted to a real server on loopback."""

import asyncio
import time
from collections import Counter, defaultdict

import httpx2
import pytest

from avito_simulator.simulator import Simulator
from tests.scripts.avito_simulator.conftest import ACCOUNT, Clock, Control
from tests.scripts.avito_simulator.receiver import Received, Receiver, until

pytestmark = pytest.mark.anyio


async def refuse(received: Received) -> int:
    return 500


async def hang(received: Received) -> int:
    await asyncio.sleep(60)
    return 200


async def test_an_event_carries_avitos_envelope(control: Control, receiver: Receiver, clock: Clock) -> None:
    chat_id = await control.chat(buyer={"id": 77}, item={"id": 5_000_000_000})
    message = await control.write(chat_id, text="Здравствуйте")
    await control("idle")

    (received,) = receiver.received
    assert received.event == {
        "id": received.event["id"],
        "version": "v3.0.0",
        "timestamp": int(clock.now),
        "payload": {
            "type": "message",
            "value": {
                "id": message["id"],
                "chat_id": chat_id,
                "user_id": ACCOUNT,
                "author_id": 77,
                "created": int(clock.now),
                "type": "text",
                "chat_type": "u2i",
                "content": {"text": "Здравствуйте"},
                "item_id": 5_000_000_000,
                "published_at": "2025-09-09T06:40:00Z",
                "read": None,
            },
        },
    }
    assert received.headers["Content-Type"] == "application/json"
    assert len(received.headers["X-Avito-Messenger-Signature"]) == 64


async def test_a_chats_events_keep_their_order_while_chats_overtake_each_other(
    control: Control, receiver: Receiver
) -> None:
    slow, quick = await control.chat(), await control.chat()
    free = asyncio.Event()

    async def hold_the_slow_chat(received: Received) -> int:
        if received.value["chat_id"] == slow:
            await free.wait()
        return 200

    receiver.answer = hold_the_slow_chat
    for chat_id in (slow, quick):
        for text in ("1", "2", "3"):
            await control.write(chat_id, text=text)

    await until(lambda: len(receiver.received) == 4)
    assert Counter(one.value["chat_id"] for one in receiver.received) == {slow: 1, quick: 3}
    free.set()
    await control("idle")

    order = defaultdict(list)
    for one in receiver.received:
        order[one.value["chat_id"]].append(one.value["content"]["text"])
    assert order == {slow: ["1", "2", "3"], quick: ["1", "2", "3"]}


async def test_an_answer_after_two_seconds_loses_the_event(control: Control, receiver: Receiver) -> None:
    receiver.answer = hang
    await control.write(await control.chat())
    await control("idle")

    (delivery,) = (await control.truth("deliveries"))["deliveries"]
    assert (delivery["status"], delivery["error"]) == (None, "no answer within 2 s")
    assert len(receiver.received) == 1
    assert delivery["duration_ms"] >= 1_900


async def test_a_refused_event_is_not_sent_again(control: Control, receiver: Receiver) -> None:
    receiver.answer = refuse
    await control.write(await control.chat())
    await control("idle")

    assert len(receiver.received) == 1
    assert (await control.truth("deliveries"))["deliveries"][0]["status"] == 500


async def test_events_can_be_dropped_and_doubled(control: Control, receiver: Receiver) -> None:
    chat_id = await control.chat()
    await control.faults(webhook_drop=1)
    await control.write(chat_id, text="lost")
    await control.faults(webhook_drop=0, webhook_duplicate=1)
    await control.write(chat_id, text="twice")
    await control("idle")

    first, second = receiver.received
    assert receiver.texts() == ["twice", "twice"]
    assert first.body == second.body


async def test_reordered_events_all_arrive(control: Control, receiver: Receiver) -> None:
    await control.faults(webhook_reorder=1, webhook_reorder_s=1)
    chat_id = await control.chat()
    for number in range(20):
        await control.write(chat_id, text=str(number))
    await control("idle")

    texts = [int(text) for text in receiver.texts()]
    assert sorted(texts) == list(range(20))
    assert texts != sorted(texts)


async def test_a_delay_holds_events_back_in_order(control: Control, receiver: Receiver) -> None:
    await control.faults(webhook_delay_s=0.1)
    chat_id = await control.chat()
    started = time.monotonic()
    for text in ("1", "2", "3"):
        await control.write(chat_id, text=text)
    await control("idle")

    assert time.monotonic() - started >= 0.1
    assert receiver.texts() == ["1", "2", "3"]


async def test_an_event_of_a_message_can_be_posted_again(control: Control, receiver: Receiver) -> None:
    chat_id = await control.chat()
    message = await control.write(chat_id, webhook=False)
    await control("idle")
    assert receiver.received == []

    await control(f"chats/{chat_id}/messages/{message['id']}/webhook")
    await control("idle")

    assert [one.value["id"] for one in receiver.received] == [message["id"]]


async def test_a_delivery_without_a_listener_fails(api: httpx2.AsyncClient, control: Control) -> None:
    await api.post("/messenger/v3/webhook", json={"url": "http://127.0.0.1:9/hook"})
    await control.write(await control.chat())
    await control("idle")

    (delivery,) = (await control.truth("deliveries"))["deliveries"]
    assert delivery["status"] is None
    assert delivery["error"].startswith("ConnectError")


async def test_any_bytes_can_be_posted(control: Control, receiver: Receiver) -> None:
    posted = await control("webhook", raw="no json", content_type="text/plain")
    await control("webhook", event={"payload": {"type": "unheard-of"}})

    assert posted == {"postings": 1, "answered_200": 1}
    assert [one.body for one in receiver.received] == [
        b"no json",
        b'{"payload": {"type": "unheard-of"}}',
    ]


async def test_a_burst_returns_when_all_is_delivered(control: Control, receiver: Receiver) -> None:
    await control.faults(webhook_duplicate=0.2, webhook_reorder=1)
    report = await control("burst", messages=100, chats=7)

    counts = Counter(one.value["id"] for one in receiver.received)
    truth = (await control.truth("chats"))["chats"]
    assert set(counts) == {row["id"] for chat in truth for row in chat["messages"]}
    assert (report["messages"], len(counts), len(report["chat_ids"])) == (100, 100, 7)
    assert report["postings"] == report["answered_200"] == len(receiver.received) > 100
    assert max(counts.values()) == 2


async def test_a_burst_keeps_the_order_within_each_chat(control: Control, receiver: Receiver) -> None:
    await control("burst", messages=60, chats=4)

    numbers = defaultdict(list)
    for one in receiver.received:
        numbers[one.value["chat_id"]].append(int(one.value["content"]["text"].split()[1]))
    assert all(seen == sorted(seen) for seen in numbers.values())


async def test_a_burst_keeps_its_rate_and_can_go_on_in_the_same_chats(
    control: Control, receiver: Receiver, clock: Clock
) -> None:
    first = await control("burst", messages=50, chats=3, rate=200)
    again = await control("burst", messages=10, chat_ids=first["chat_ids"])

    assert first["seconds"] >= 0.24
    assert again["chat_ids"] == first["chat_ids"]
    created = [one.value["created"] for one in receiver.received]
    assert max(created) <= clock.now


async def test_pending_deliveries_end_with_the_simulator(
    sim: Simulator, control: Control, receiver: Receiver
) -> None:
    receiver.answer = hang
    await control.write(await control.chat())

    await until(lambda: receiver.at_once == 1)
    # The fixtures close the simulator now: a leaked task or session would fail this test.
    assert (await control("idle", timeout_s=0)) == {"idle": False}
