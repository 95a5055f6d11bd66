"""An operator answers: from the panel's request to the buyer's screen and back."""

import asyncio
import time
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from testbed import until
from tests.e2e.conversation import Conversation
from worker.jobs.arq_worker import SAFETY_POLL_S

pytestmark = pytest.mark.anyio


def picture(side: int = 60) -> bytes:
    data = BytesIO()
    Image.new("RGB", (side, side), (side % 256, 90, 160)).save(data, "PNG")
    return data.getvalue()


async def test_an_answer_reaches_the_buyer_and_stands_in_the_thread_as_ours(
    conversation: Conversation,
) -> None:
    async with conversation.panel.socket() as socket:
        await socket.read()
        ref = await conversation.say("Да, приезжайте")

        states = []
        while "sent" not in states:
            item = await conversation.heard(socket)
            states.append(item["state"])

    (message,) = await conversation.sent("Да, приезжайте")
    assert states == ["queued", "sending", "sent"]
    assert (item["ref"], item["message_id"]) == (ref, message["id"])
    assert message["own"] == {"operator": "olga"}
    await conversation.system.avito.delivered()
    assert [one["id"] for one in await conversation.truth()] == [message["id"]]
    assert len(await conversation.own()) == 1


async def test_a_reply_does_not_wait_for_the_workers_poll(conversation: Conversation) -> None:
    await conversation.say("warm-up")
    await conversation.sent("warm-up")
    took = []
    for number in range(3):
        began = time.perf_counter()
        async with conversation.panel.socket() as socket:
            await socket.read()
            await conversation.say(f"n{number}")
            while (await conversation.heard(socket))["state"] != "sent":
                pass
        took.append(time.perf_counter() - began)

    # Each but the first would wait for a whole round of the poll.
    assert max(took) < SAFETY_POLL_S / 2


@pytest.mark.parametrize(
    "echo",
    [{"echo": "before"}, {"echo": "twice"}, {"echo": "never"}, {"echo": "after", "echo_delay_s": 2}],
    ids=["early", "twice", "never", "late"],
)
async def test_the_same_short_answers_stand_once_each_however_the_echo_comes(
    conversation: Conversation, echo: dict[str, Any]
) -> None:
    await conversation.system.avito.faults(**echo)

    for _ in range(3):
        await conversation.say("Да")

    own = await conversation.sent("Да", "Да", "Да")
    await conversation.system.avito.delivered()
    assert {one["id"] for one in await conversation.truth()} == {one["id"] for one in own}
    assert len(await conversation.truth()) == 3
    assert all(one["own"] == {"operator": "olga"} for one in await conversation.own())


@pytest.mark.parametrize("echo", ["never", "after"])
async def test_a_connection_cut_after_avito_accepted_does_not_send_twice(
    conversation: Conversation, echo: str
) -> None:
    await conversation.system.avito.faults(send_drop=1, echo=echo, history_lag_s=2)

    await conversation.say("Да")
    await conversation.say("Да")

    await conversation.sent("Да", "Да")
    assert len(await conversation.truth()) == 2


async def test_a_500_without_effect_is_tried_again(conversation: Conversation) -> None:
    await conversation.system.avito.strike("send", status=500, count=1)

    await conversation.say("Раз")
    await conversation.say("Два")

    await conversation.sent("Раз", "Два")
    assert [one["content"]["text"] for one in await conversation.truth()] == ["Раз", "Два"]


async def test_a_500_after_avito_accepted_does_not_send_twice(conversation: Conversation) -> None:
    await conversation.system.avito.faults(echo="never")
    await conversation.system.avito.strike("send", status=500, when="after", count=1)

    await conversation.say("Раз")

    await conversation.sent("Раз")
    assert len(await conversation.truth()) == 1


async def test_a_worker_killed_while_it_sends_is_taken_over_and_nothing_is_sent_twice(
    alone: Conversation,
) -> None:
    await alone.system.avito.faults(echo="never")
    await alone.system.avito.strike("send", when="after", delay_s=30, count=1)
    await alone.say("Раз")
    await alone.say("Два")
    await until(alone.truth)

    await alone.system.kill("worker")
    await alone.system.start("worker")

    await alone.sent("Раз", "Два", within=60)
    assert [one["content"]["text"] for one in await alone.truth()] == ["Раз", "Два"]


async def test_a_definite_refusal_is_told_and_the_next_reply_goes_on(conversation: Conversation) -> None:
    body = '{"error":{"code":400,"message":"Слишком длинно"}}'
    await conversation.system.avito.strike("send", status=400, body=body, count=1)

    first = await conversation.say("Раз")
    await conversation.say("Два")

    failed = await conversation.in_state(first, "failed")
    assert (failed["code"], failed["retryable"]) == ("bad_request", False)
    assert "Слишком длинно" in failed["reason"]
    await until(lambda: texts_are(conversation, ["Два"]))


async def test_a_tariff_that_does_not_cover_it_is_told_and_a_retry_works_later(
    conversation: Conversation,
) -> None:
    await conversation.system.avito.faults(tariff="402")
    ref = await conversation.say("Раз")
    failed = await conversation.in_state(ref, "failed")
    assert (failed["code"], failed["retryable"]) == ("not_paid", True)

    await conversation.system.avito.faults(tariff="full")
    assert (await conversation.post(f"outbox/{ref}/retry")).status_code == 202

    await conversation.sent("Раз")


async def test_while_avito_is_down_replies_wait_visibly_and_go_in_order_when_it_is_back(
    alone: Conversation,
) -> None:
    await alone.system.stop("simulator")
    first = await alone.say("Раз")
    second = await alone.say("Два")
    third = await alone.say("Три")

    async def tells() -> bool:
        item = await alone.reply(first)
        return bool(item and item["since"] and item["reason"] and item["state"] == "queued")

    await until(tells)
    assert (await alone.post(f"outbox/{second}/cancel")).status_code == 202
    assert [one["ref"] for one in (await alone.thread())["outbox"]] == [first, third]
    await alone.system.start("simulator")

    await alone.sent("Раз", "Три", within=90)
    assert [one["content"]["text"] for one in await alone.truth()] == ["Раз", "Три"]


async def test_a_429_is_waited_out_as_told(conversation: Conversation) -> None:
    headers = {"Retry-After": "2"}
    await conversation.system.avito.strike("send", status=429, headers=headers, count=1)

    ref = await conversation.say("Раз")

    waits = await conversation.in_state(ref, "queued")
    assert waits["code"] == "rate_limited" or waits["tries"] == 0
    await conversation.sent("Раз")


@pytest.mark.parametrize("moved", [False, True], ids=["the same links", "other links"])
@pytest.mark.parametrize("lost", [False, True], ids=["answered", "answer lost"])
async def test_a_picture_leaves_once(conversation: Conversation, moved: bool, lost: bool) -> None:
    await conversation.system.avito.faults(picture_urls_move=moved, send_drop=int(lost), echo="never")
    ref = uuid4().hex

    answers = [await conversation.show(picture(), ref) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert (await conversation.show(picture(61), ref)).status_code == 409
    (message,) = await conversation.sent("")
    assert (message["type"], message["own"]) == ("image", {"operator": "olga"})
    assert len(await conversation.truth()) == 1
    async with conversation.system.redis as redis:
        await until(lambda: no_pictures(redis))


async def no_pictures(redis: Any) -> bool:
    left = [name async for name in redis.scan_iter("avito:*picture*")]
    return not left


async def texts_are(conversation: Conversation, texts: list[str]) -> bool:
    return [one["content"]["text"] for one in await conversation.own()] == texts


async def test_a_message_typed_in_avitos_app_is_shown_as_not_from_here(conversation: Conversation) -> None:
    await conversation.system.avito.write(conversation.chat, "Из приложения", by="seller")

    await until(conversation.own)
    (message,) = await conversation.own()
    assert message["own"] is None


async def test_two_operators_see_the_same_state(conversation: Conversation) -> None:
    async with conversation.panel.socket() as one, conversation.panel.socket() as two:
        await asyncio.gather(one.read(), two.read())
        await conversation.say("Раз")
        seen = [[await conversation.heard(socket) for _ in range(3)] for socket in (one, two)]

    assert seen[0] == seen[1]
