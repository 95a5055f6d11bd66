"""Replies and actions over HTTP. No worker runs, so nothing is sent."""

import time
from collections.abc import AsyncIterator
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from PIL import Image
from redis.asyncio import Redis

from push_gateway.replies import outbox
from push_gateway.replies.pictures import MOST_STORED_BYTES
from shared.redis import keys
from shared.wires import operator_actions
from shared.wires.outbox import MAX_QUEUED_IN_CHAT, NewReply
from shared.wires.queue_reply import queue
from testbed import System
from tests.push_gateway.panel import PATH, Panel, refusal, write
from tests.push_gateway.processes import running
from tests.push_gateway.shared_by_module import forget_chats, module_panel, module_system
from tests.support import bare_http
from tests.worker.builders import SELLER

pytestmark = pytest.mark.anyio
system = module_system("gateway")
panel = module_panel()
CHAT = "chat-1"
NOW = 1_757_403_800.0


def png(width: int = 40, height: int = 30, kind: str = "PNG") -> bytes:
    data = BytesIO()
    Image.new("RGB", (width, height), (10, 90, 160)).save(data, kind)
    return data.getvalue()


async def say(panel: Panel, text: Any = "Да", ref: Any = "r1", chat: str = CHAT) -> httpx2.Response:
    return await panel.post(f"chats/{chat}/messages", text=text, ref=ref)


async def show(
    panel: Panel, picture: bytes, ref: str = "p1", chat: str = CHAT, **more: str
) -> httpx2.Response:
    files = {"image": ("no-name-counts.txt", picture)}
    return await panel.http.post(f"{PATH}api/chats/{chat}/images", files=files, data={"ref": ref} | more)


async def pending(panel: Panel) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await panel.get(f"api/chats/{CHAT}/messages"))["outbox"]
    return items


@pytest.fixture
async def redis(system: System, anyio_backend: str) -> AsyncIterator[Redis]:
    """The Redis of the installation, in which a buyer has written, and nothing else happened."""
    async with system.redis as client:
        await forget_chats(client)
        await write(client, "b1")
        yield client


async def test_a_reply_is_queued_and_every_screen_is_told(panel: Panel, redis: Redis) -> None:
    async with panel.socket() as socket:
        await panel.catch_up(socket)

        answer = await say(panel)

        item = answer.json()
        assert answer.status_code == 202
        assert (item["ref"], item["chat_id"], item["kind"], item["text"]) == ("r1", CHAT, "text", "Да")
        assert (item["state"], item["by"], item["tries"], item["message_id"]) == ("queued", "olga", 0, None)
        assert (await socket.read_type("outbox"))["item"] == item
    assert await pending(panel) == [item]
    assert (await panel.get("webhook/status"))["outbox"] == {"waiting": 1}


async def test_the_same_ref_is_the_same_reply_or_a_conflict(panel: Panel, redis: Redis) -> None:
    first = await say(panel)
    await write(redis, "b2", chat="chat-2")

    again = await say(panel)

    assert (again.status_code, again.json()) == (202, first.json())
    assert refusal(await say(panel, "Нет")) == (409, "other_reply")
    assert refusal(await say(panel, chat="chat-2")) == (409, "other_reply")
    assert len(await pending(panel)) == 1


@pytest.mark.parametrize(
    ("text", "ref", "code"),
    [
        ("", "r1", "bad_text"),
        (" \n", "r1", "bad_text"),
        (None, "r1", "bad_text"),
        (7, "r1", "bad_text"),
        ("я" * 1001, "r1", "bad_text"),
        ("Да", "", "bad_ref"),
        ("Да", "a b", "bad_ref"),
        ("Да", "r" * 65, "bad_ref"),
        ("Да", None, "bad_ref"),
    ],
)
async def test_a_text_that_cannot_be_sent_is_refused_at_once(
    panel: Panel, redis: Redis, text: Any, ref: Any, code: str
) -> None:
    assert refusal(await say(panel, text, ref)) == (422, code)
    assert await pending(panel) == []


async def test_a_thousand_characters_are_not_too_many(panel: Panel, redis: Redis) -> None:
    assert (await say(panel, "🚲" * 1000)).status_code == 202


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff\xfe", b'{"text":"\\ud800","ref":"r1"}'])
async def test_a_body_that_is_no_reply_is_refused(panel: Panel, redis: Redis, body: bytes) -> None:
    answer = await panel.http.post(f"{PATH}api/chats/{CHAT}/messages", content=body)

    assert answer.status_code == 422


async def test_a_huge_body_is_refused(panel: Panel, redis: Redis) -> None:
    assert refusal(await say(panel, "x" * 70_000)) == (413, "too_large")


async def test_an_unknown_chat_or_reply_is_404(panel: Panel, redis: Redis) -> None:
    assert refusal(await say(panel, chat="nobody")) == (404, "unknown_chat")
    assert refusal(await show(panel, png(), chat="nobody")) == (404, "unknown_chat")
    for path in ("read", "messages/m1/delete", "answered"):
        assert refusal(await panel.post(f"chats/nobody/{path}")) == (404, "unknown_chat")
    for button in ("retry", "cancel"):
        assert refusal(await panel.post(f"outbox/nothing/{button}")) == (404, "unknown_reply")


async def test_a_reply_needs_a_session_and_our_own_page(system: System, panel: Panel, redis: Redis) -> None:
    async with Panel.at(system.url("gateway")) as stranger:
        assert (await say(stranger)).status_code == 401
    url = f"{PATH}api/chats/{CHAT}/messages"
    body = {"text": "Да", "ref": "r1"}
    foreign = await panel.http.post(url, json=body, headers={"Origin": "https://evil.example"})
    assert refusal(foreign) == (403, "foreign_origin")
    assert await pending(panel) == []


async def test_a_full_queue_answers_429_with_retry_after(panel: Panel, redis: Redis) -> None:
    await redis.rpush(keys.outbox(SELLER, CHAT), *range(MAX_QUEUED_IN_CHAT))

    answer = await say(panel)

    assert refusal(answer) == (429, "too_many")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_queued_reply_can_be_cancelled_but_not_retried(panel: Panel, redis: Redis) -> None:
    await say(panel)

    taken_back = await panel.post("outbox/r1/cancel")

    assert (taken_back.status_code, taken_back.json()["state"]) == (202, "cancelled")
    assert refusal(await panel.post("outbox/r1/retry")) == (409, "wrong_state")
    assert await pending(panel) == []
    assert (await say(panel)).json()["state"] == "cancelled"


async def test_a_reply_that_arrives_after_its_cancellation_is_cancelled(panel: Panel, redis: Redis) -> None:
    for ref in ("r1", "p1"):
        assert refusal(await panel.post(f"outbox/{ref}/cancel")) == (404, "unknown_reply")

    late = [await say(panel), await show(panel, png()), await say(panel)]

    assert [(one.status_code, one.json()["state"]) for one in late] == [(202, "cancelled")] * 3
    assert late[0].json()["text"] == "Да"
    assert (await pending(panel), await redis.exists(keys.PICTURES)) == ([], 0)
    assert (await say(panel, ref="r2")).json()["state"] == "queued"


async def test_an_early_cancellation_is_remembered_for_an_hour(panel: Panel, redis: Redis) -> None:
    await panel.post("outbox/r1/cancel")
    assert 3500 < await redis.ttl(keys.withdrawn(SELLER)) <= 3600
    await redis.zadd(keys.withdrawn(SELLER), {"r1": time.time() - 3601})

    assert (await say(panel)).json()["state"] == "queued"


async def test_of_early_cancellations_the_newest_are_remembered(panel: Panel, redis: Redis) -> None:
    await redis.zadd(keys.withdrawn(SELLER), {f"r{n}": time.time() - 60 for n in range(10_000)})

    await panel.post("outbox/newest/cancel")

    assert await redis.zcard(keys.withdrawn(SELLER)) == 10_000
    assert (await say(panel, ref="newest")).json()["state"] == "cancelled"


async def test_replies_work_with_a_redis_user_of_an_older_version(
    system: System, panel: Panel, redis: Redis
) -> None:
    held = [
        f"~{name}"
        for name in ("avito:state", "avito:j*", "avito:a*", "avito:outbox:*", "avito:[0-9]*:[^w]*", "arq:*")
    ]
    await redis.execute_command("ACL", "SETUSER", "older", "on", "nopass", "&*", "+@all", *held)
    async with Redis(port=system.redis_server.port, username="older", password="any") as older:
        pressed, _ = await outbox.cancel_or_retry(older, "cancel", "r1", NOW)

        verdict, _ = await queue(older, NewReply(SELLER, CHAT, "r1", "olga", NOW, text="Да"))

    assert (pressed, verdict) == ("unknown", "queued")


async def test_a_failed_reply_stays_visible_until_it_is_retried(panel: Panel, redis: Redis) -> None:
    await say(panel)
    await redis.delete(keys.outbox(SELLER, CHAT))
    name = keys.reply(SELLER, "r1")
    item = (await redis.execute_command("HGET", name, "json")).replace(b'"queued"', b'"failed"')
    await redis.execute_command("HSET", name, "state", "failed", "retryable", "true", "json", item)
    await redis.zadd(keys.failed(SELLER, CHAT), {"r1": 1})
    assert [one["state"] for one in await pending(panel)] == ["failed"]

    again = await panel.post("outbox/r1/retry")

    assert (again.status_code, again.json()["state"]) == (202, "queued")
    assert [one["state"] for one in await pending(panel)] == ["queued"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
async def test_a_picture_is_taken_and_kept_in_chunks(panel: Panel, redis: Redis, kind: str) -> None:
    picture = png(900, 700, kind)

    answer = await show(panel, picture)

    item = answer.json()
    assert (answer.status_code, item["kind"], item["text"]) == (202, "image", "")
    (name,) = [name async for name in redis.scan_iter(keys.picture(SELLER, "*"))]
    chunks = await redis.execute_command("LRANGE", name, 0, -1)
    assert b"".join(chunks) == picture
    assert 86_400 < await redis.ttl(name) <= 90_000
    assert await redis.zcard(keys.PICTURES) == 1


async def test_a_picture_under_the_same_ref_is_kept_once_and_another_is_a_conflict(
    panel: Panel, redis: Redis
) -> None:
    first = await show(panel, png())

    again = await show(panel, png())

    assert (again.status_code, again.json()) == (202, first.json())
    assert refusal(await show(panel, png(41))) == (409, "other_reply")
    assert refusal(await say(panel, ref="p1")) == (409, "other_reply")
    assert await redis.zcard(keys.PICTURES) == 1


async def test_a_picture_of_another_epoch_may_have_been_sent_already(panel: Panel, redis: Redis) -> None:
    assert (await show(panel, png(), epoch="before")).status_code == 202

    # The worker looks for it first.
    assert refusal(await panel.post("outbox/p1/cancel")) == (409, "wrong_state")


async def test_a_cancelled_picture_frees_its_room(panel: Panel, redis: Redis) -> None:
    await show(panel, png())

    await panel.post("outbox/p1/cancel")

    assert [name async for name in redis.scan_iter("*picture*")] == []


@pytest.mark.parametrize(
    "data",
    [b"", b"just words", b"GIF89a", png()[:20], b"<svg></svg>"],
    ids=["empty", "text", "gif", "cut", "svg"],
)
async def test_a_file_that_is_no_picture_is_refused(panel: Panel, redis: Redis, data: bytes) -> None:
    assert refusal(await show(panel, data)) == (422, "bad_picture")
    assert await pending(panel) == []


async def test_a_picture_that_is_too_large_is_refused_before_it_is_read_whole(
    panel: Panel, redis: Redis
) -> None:
    try:
        answer = await show(panel, png() + bytes(25 * 1024 * 1024))
    except httpx2.TransportError:  # the rest of the upload was not waited for
        answer = None
    assert answer is None or answer.status_code == 422
    assert await pending(panel) == []


async def test_pictures_do_not_fill_redis(panel: Panel, redis: Redis) -> None:
    await redis.zadd(
        keys.PICTURES, {f"other {MOST_STORED_BYTES}": 4_000_000_000, f"expired {MOST_STORED_BYTES}": 1}
    )

    answer = await show(panel, png())

    assert refusal(answer) == (429, "too_many")
    assert await redis.zrange(keys.PICTURES, 0, -1) == [f"other {MOST_STORED_BYTES}".encode()]


async def test_a_form_without_its_parts_is_refused(panel: Panel, redis: Redis) -> None:
    url = f"{PATH}api/chats/{CHAT}/images"
    assert (await panel.http.post(url, data={"ref": "p1"})).status_code == 422
    assert (await panel.http.post(url, files={"image": ("a", png())})).status_code == 422
    assert (await panel.http.post(url, json={})).status_code == 422


async def test_a_chat_marked_answered_does_not_wait_until_the_buyer_writes_again(
    panel: Panel, redis: Redis
) -> None:
    await write(redis, "b2", created=1_757_403_800)
    assert (await panel.get("api/chats", filter="unanswered"))["chats"]

    assert (await panel.post(f"chats/{CHAT}/answered")).status_code == 202

    assert (await panel.get("api/chats", filter="unanswered"))["chats"] == []
    await write(redis, "b3", created=1_757_403_900)
    (waits,) = (await panel.get("api/chats", filter="unanswered"))["chats"]
    assert waits["unanswered_since"] == 1_757_403_900


async def test_a_message_after_the_last_one_seen_still_waits(panel: Panel, redis: Redis) -> None:
    await write(redis, "b2", created=1_757_403_800)

    assert (await panel.post(f"chats/{CHAT}/answered", message_id="b1")).status_code == 202

    (waits,) = (await panel.get("api/chats", filter="unanswered"))["chats"]
    assert waits["unanswered_since"] == 1_757_403_800
    unknown = await panel.post(f"chats/{CHAT}/answered", message_id="b9")
    assert refusal(unknown) == (404, "unknown_message")


@pytest.mark.parametrize("body", [{}, {"message_id": "b2"}])
async def test_a_read_keeps_which_message_was_the_last_one_seen(
    panel: Panel, redis: Redis, body: dict[str, str]
) -> None:
    await write(redis, "b2", created=1_757_403_800)

    assert (await panel.post(f"chats/{CHAT}/read", **body)).status_code == 202
    await write(redis, "b3", created=1_757_403_900)

    (kept,) = await redis.hvals(keys.operator_actions(SELLER))
    assert operator_actions.read(kept).message_id == "b2"


async def test_a_read_up_to_an_unknown_message_is_refused(panel: Panel, redis: Redis) -> None:
    unknown = await panel.post(f"chats/{CHAT}/read", message_id="b9")
    wrong = [await panel.post(f"chats/{CHAT}/read", message_id=value) for value in (9, 0, False)]

    assert refusal(unknown) == (404, "unknown_message")
    assert {refusal(answer) for answer in wrong} == {(422, "bad_message_id")}
    assert not await redis.exists(keys.operator_actions(SELLER))


async def test_a_blacklisting_needs_one_of_avitos_reasons(panel: Panel, redis: Redis) -> None:
    for reason in (0, 5, "1", None, True):
        answer = await panel.post(f"chats/{CHAT}/blacklist", reason_id=reason)
        assert refusal(answer) == (422, "bad_reason")


async def test_a_worker_that_does_not_answer_in_time_is_a_504(panel: Panel, redis: Redis) -> None:
    answer = await panel.http.get(f"{PATH}api/voice/v1")

    assert refusal(answer) == (504, "avito_silent")


async def test_a_foreign_cursor_is_refused(panel: Panel, redis: Redis) -> None:
    for before in ("h.", "h.!!!", "h.WzFd", "h.W10"):
        answer = await panel.http.get(f"{PATH}api/chats/{CHAT}/messages", params={"before": before})
        assert refusal(answer) == (422, "bad_cursor")


async def test_while_redis_is_away_a_reply_is_answered_with_503(tmp_path: Path, anyio_backend: str) -> None:
    async with running(tmp_path, "gateway") as system, Panel.at(system.url("gateway")) as panel:
        await panel.log_in()
        async with system.redis as redis:
            await write(redis, "b1")
        system.redis_server.end()

        answer = await say(panel)

    assert refusal(answer) == (503, "catching_up")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("path", [f"chats/{CHAT}/messages", "outbox/r1/cancel"])
async def test_a_request_of_another_operators_page_is_refused(panel: Panel, redis: Redis, path: str) -> None:
    """The page was opened by petr; then olga logged in in the same browser."""
    body = {"text": "от Петра", "ref": "r1"}

    theirs = await panel.http.post(f"{PATH}api/{path}", json=body, headers={"X-Operator": "%D0%BF"})

    assert refusal(theirs) == (409, "other_operator")
    assert await pending(panel) == []


async def test_a_request_of_the_operators_own_page_is_accepted(panel: Panel, redis: Redis) -> None:
    body = {"text": "от Ольги", "ref": "r1"}

    own = await panel.http.post(f"{PATH}api/chats/{CHAT}/messages", json=body, headers={"X-Operator": "olga"})

    assert own.status_code == 202


async def test_a_reply_can_be_looked_up_by_its_ref(panel: Panel, redis: Redis) -> None:
    item = (await say(panel)).json()

    found = await panel.http.get(f"{PATH}api/outbox/r1")

    assert (found.status_code, found.json()) == (200, item)
    for ref in ("never", "not*a*ref"):
        assert refusal(await panel.http.get(f"{PATH}api/outbox/{ref}")) == (404, "unknown_reply")


async def test_an_operator_who_replies_without_end_is_told_to_wait(redis: Redis, panel: Panel) -> None:
    url = f"{panel.base}{PATH}api/chats/{CHAT}/messages"
    headers = {
        "Origin": panel.base,
        "Cookie": f"avito_session={panel.http.cookies['avito_session']}",
        "X-Forwarded-For": "198.51.100.7",
    }
    asked = bare_http.request("POST", url, headers, orjson.dumps({"text": "Да", "ref": "again"}))

    answers = await bare_http.send(url, repeat(asked), until=429)

    assert [answer.status_code for answer in answers].count(202) >= 200
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refusal(refused) == (429, "too_often")
    assert int(refused.headers["Retry-After"]) >= 1
