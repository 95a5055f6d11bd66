"""Junk in what the loops read from Redis: it is skipped and told, and everything goes on."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from testbed import ACCOUNT, PANEL, USERNAME, System, running_system, until
from tests.e2e.conversation import Conversation
from tests.push_gateway.panel import Panel

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PARTS = ("ingest", "worker", "gateway")
OFTEN = {"POLL_INTERVAL_S": "1", "SWEEP_INTERVAL_S": "1", "WATCH_INTERVAL_S": "1"}
NO_TEXT = b"\xff"
Command = tuple[str | bytes | float, ...]

JUNK: list[Command] = [
    ("HSET", keys.FACTS, "avito", NO_TEXT, "subscribed_since", "x", "mode_since", "x"),
    ("LPUSH", keys.SWITCHES, "{"),
    ("SADD", keys.ACCOUNTS, "x", NO_TEXT),
    *(("SADD", keys.process_names(part), NO_TEXT, "gone") for part in PARTS),
    *(
        ("SET", keys.heartbeat(part, "gone"), '{"spooled": "x", "proves": 5, "clients": "x"}')
        for part in PARTS
    ),
    ("HSET", keys.ROTATION, "current", NO_TEXT, "until", "x"),
    ("HSET", keys.journal_positions(ACCOUNT), "coach", NO_TEXT, "search", "junk", "forwarding", "- x"),
    ("SET", keys.coach_position(ACCOUNT), "x"),
    ("XADD", keys.INBOX, "*", "x", "y"),
    ("XADD", keys.UNVERIFIED, "*", "x", "y"),
    ("XADD", keys.DEAD, "*", "at", "x"),
    ("HSET", keys.DEAD_NOTES, "x", NO_TEXT),
    ("HSET", keys.DEAD_ASKED, "x", "{", "1-1", "[5]"),
    ("HSET", keys.sweep(ACCOUNT), "began", "x", "import_began", "x"),
    ("SET", keys.sweep_requested(ACCOUNT), "soon"),
    ("HSET", keys.verified(ACCOUNT), NO_TEXT, "{", "x", "{"),
    ("ZADD", keys.to_import(ACCOUNT), 1, NO_TEXT),
    ("ZADD", keys.to_enrich(ACCOUNT), 1, NO_TEXT),
    ("HSET", keys.to_recheck(ACCOUNT), NO_TEXT, "x"),
    ("ZADD", keys.to_deliver(ACCOUNT), 1, NO_TEXT),
    ("ZADD", keys.OUTBOX_WAITING, 1, NO_TEXT),
    ("ZADD", keys.found_by_sweep(ACCOUNT), 1, NO_TEXT),
    ("ZADD", keys.missed_webhooks(ACCOUNT), "inf", NO_TEXT),
    ("HSET", keys.operator_actions(ACCOUNT), NO_TEXT, "{", "x", "5", "y", "{}"),
    ("SET", keys.token(ACCOUNT), b"\xff\n"),
    ("HSET", keys.ALERTS_SENT, NO_TEXT, "x"),
    ("SET", keys.WORKING_HOURS, NO_TEXT),
    ("HSET", keys.OPTIONS, "take_by_answering", NO_TEXT),
    ("HSET", keys.OPERATORS, "x", "{", NO_TEXT, "{}", "y", "{}"),
    ("HSET", keys.TOKENS, "x", "{", NO_TEXT, "{}", "y", "{}"),
    ("SADD", keys.sessions_of(USERNAME), NO_TEXT, "x"),
    ("HSET", keys.session("x"), "operator", USERNAME, "created", "x"),
    *(("ZADD", queue, 1, NO_TEXT) for queue in (keys.REQUESTS_QUEUE, keys.REPLIES_QUEUE)),
    *(("LPUSH", queue, "x") for queue in (keys.REQUESTS_WAKE, keys.REPLIES_WAKE)),
    ("HSET", keys.QUICK_REPLIES, "x", "{"),
    ("HSET", keys.STATE, "met", "x"),
    ("HSET", keys.COUNTERS, "x", "x", NO_TEXT, 1, "dead", "x", "dead_dropped", "x", "chat_events", "x"),
    ("HSET", keys.FACTS, "sweep_failures", "x"),
    ("HSET", keys.search_changes(ACCOUNT), "changes", "x"),
    ("ZADD", keys.PICTURES, 9e9, "junk"),
    ("HSET", keys.first_answers(ACCOUNT), "x", "y"),
    ("ZADD", keys.first_answer_times(ACCOUNT), 9e9, "x"),
    ("ZADD", keys.chats(ACCOUNT), 9e9, NO_TEXT),
    ("ZADD", keys.unread(ACCOUNT), 9e9, NO_TEXT),
    ("ZADD", keys.search_words_changed(ACCOUNT), 9e5, NO_TEXT),
]
COUNTED_UP: Command = ("HSET", keys.sweep(ACCOUNT), "import_total", "x", "shown", "x")
"""Repaired at the beginning of a sweep: to be written between two."""
EVENTS = [b"{", b"[]", b"{}", b'{"type":"message","account_id":%d}' % ACCOUNT, NO_TEXT]
PUBLICATIONS = [
    b"",
    NO_TEXT,
    b"e 5 \n{",
    b"e 1 x\n[]",
    b'e - \n{"type":"presence","signs":[{}]}',
    b"e - \n[1]",
]
PAGES = [
    *("api/chats", "api/chats?q=hello", "api/operators", "api/quick-replies", "api/coach", "webhook/status"),
    *(f"api/owner/{page}" for page in ("operators", "tokens", "sessions", "status", "dead", "options")),
]


@pytest.fixture
async def system(tmp_path: Path, anyio_backend: str) -> AsyncIterator[System]:
    async with running_system(tmp_path, environ=OFTEN) as running:
        await running.avito.subscribe(running.webhook_url)
        await running.start(*PARTS)
        yield running


async def test_junk_is_skipped_told_once_and_stops_nothing(system: System) -> None:
    async with Panel.at(system.url("gateway")) as panel, system.redis as redis:
        await panel.log_in()
        conversation = Conversation(system, panel, await system.avito.chat())
        await _sweeps(redis, 1)  # the first import is done
        await _write_all(redis)
        lost = await system.avito.write(conversation.chat, "in a restart of every socket")
        await until(lambda: _is_shown(conversation, lost))

        await _goes_on(conversation)
        await _sweeps(redis, 2)
        await system.stop("worker", "gateway")
        await redis.execute_command(*COUNTED_UP)
        await system.start("worker", "gateway")
        await _goes_on(conversation)
        await _sweeps(redis, 2)

        await _is_in_order(system)
        for page in PAGES:
            assert (await panel.http.get(f"{PANEL}{page}")).status_code == 200, page
    assert system.part("ingest").log.read_text().count(f"unreadable key={keys.process_names('worker')}") == 1


DAMAGE = [b"", b"x", NO_TEXT, b"1757403725 - i11000 0 a - webhook 1 1 1 1 1 words\n{}", b"\n{"]


async def test_a_message_that_cannot_be_read_is_left_out_until_the_opened_thread_has_avitos_again(
    system: System,
) -> None:
    chat, calm = await system.avito.chat(), await system.avito.chat()
    async with Panel.at(system.url("gateway")) as panel, system.redis as redis:
        await panel.log_in()
        conversation = Conversation(system, panel, chat)
        written = [await system.avito.write(chat, f"text {number}") for number in range(7)]
        await until(lambda: _is_shown(conversation, written[-1]))
        await conversation.say("answer")
        await conversation.sent("answer")
        written += [await system.avito.write(chat, "text 7")]
        await until(lambda: _is_shown(conversation, written[-1]))
        await _sweeps(redis, 1)
        before = await conversation.thread()
        stored = keys.messages(ACCOUNT, chat)
        for message, damage in zip(written[2:], [*DAMAGE, DAMAGE[1]], strict=True):
            await redis.hset(stored, message, damage)
        await redis.zadd(keys.thread(ACCOUNT, chat), {NO_TEXT: 9e8, b"": 9e9, b"~gone": 9e9})

        async with panel.socket() as socket:
            heard = await socket.read_type("hello")
            newer = await system.avito.write(chat, "newer")
            later = int(time.time()) + 1  # Avito's times are whole seconds
            while (frame := await socket.read_type("message"))["message"]["id"] != newer:
                assert not frame["ring"]  # the thread was read again by now
            assert frame["ring"]
            left = _ids(await conversation.thread())
            assert set(written[:2]) | {newer} <= set(left) <= {*_ids(before), newer}
            await until(lambda: _is_whole(conversation, [*_ids(before), newer]))
            await until(lambda: time.time() >= later)
            await _goes_on(Conversation(system, panel, calm))
        events = (await panel.get("api/events", epoch=heard["epoch"], seq=heard["seq"]))["events"]
        rang = [one["message"]["id"] for one in events if one["type"] == "message" and one["ring"]]
        assert not {*written} & {*rang}

        whole = [one for one in (await conversation.thread())["messages"] if one["id"] != newer]
        assert [_told(one) for one in whole] == [_told(one) for one in before["messages"]]
        assert (await panel.get("api/chats"))["chats"][-1]["id"] == chat
        await _sweeps(redis, 2)
        await _is_in_order(system)
        assert await redis.hget(keys.FACTS, "mode") == b"webhook"
        assert not await redis.zcard(keys.missed_webhooks(ACCOUNT))
        assert not await redis.zcard(keys.found_by_sweep(ACCOUNT))
    told = system.part("worker").log.read_text() + system.part("gateway").log.read_text()
    assert 1 <= told.count(f"unreadable key={stored}") <= 2


BREAK: list[Command] = [
    ("SET", "{messages}", "x"),
    ("SET", "{thread}", "x"),
    ("SET", "{chat}", "x"),
    ("SET", "{waiting}", "x"),
    ("HSET", "{chat}", "json", "{"),
    ("HSET", "{chat}", "buyer", "x", "item", "{", "type", "x", "owner", NO_TEXT, "facts_updated", "x"),
    ("HSET", "{chat}", "out", "x", "answer", NO_TEXT, "read", "x y", "floor", "", "json", "[]"),
    ("HSET", "{reply}", "ref", "x"),
]


async def test_chats_that_cannot_be_read_hold_up_no_other(system: System) -> None:
    chats = [await system.avito.chat() for _ in BREAK]
    calm = await system.avito.chat()
    async with Panel.at(system.url("gateway")) as panel, system.redis as redis:
        await panel.log_in()
        for chat in chats:
            last = await system.avito.write(chat, "first")
        await until(lambda: _is_shown(Conversation(system, panel, chats[-1]), last))
        await _sweeps(redis, 2)
        for chat, (verb, key, *values) in zip(chats, BREAK, strict=True):
            names = {
                name: getattr(keys, name)(ACCOUNT, chat) for name in ("messages", "thread", "chat", "waiting")
            }
            name = str(key).format(reply=keys.reply(ACCOUNT, "x"), **names)
            if verb == "SET":
                await redis.delete(name)
            await redis.execute_command(verb, name, *values)
        await redis.rpush(keys.outbox(ACCOUNT, chats[-1]), "x")
        await redis.zadd(keys.to_deliver(ACCOUNT), {chats[-1]: 1})

        written = [await system.avito.write(chat, "second") for chat in chats]
        conversation = Conversation(system, panel, calm)
        await _goes_on(conversation)
        for chat, message in [*zip(chats, written, strict=True)][4:]:
            await until(lambda: _is_shown(Conversation(system, panel, chat), message))  # noqa: B023
        await Conversation(system, panel, chats[-1]).say("after the broken one")
        await Conversation(system, panel, chats[-1]).sent("after the broken one")
        await _sweeps(redis, 3)
        await _is_in_order(system)
        for page in PAGES:
            assert (await panel.http.get(f"{PANEL}{page}")).status_code == 200, page
        shown = {one["id"] for one in (await panel.get("api/chats"))["chats"]}
        assert {*chats[4:], calm} <= shown


def _ids(page: dict[str, Any]) -> list[str]:
    return [one["id"] for one in page["messages"]]


def _told(message: dict[str, Any]) -> dict[str, Any]:
    """What Avito says of a message: who wrote it here is lost with the stored one."""
    return {name: value for name, value in message.items() if name not in ("source", "rank", "own", "read")}


async def _is_whole(conversation: Conversation, ids: list[str]) -> bool:
    return _ids(await conversation.thread()) == ids


async def _is_in_order(system: System) -> None:
    for part in PARTS:
        assert (await system.http.get(f"{system.url(part)}/readyz")).status_code == 200, part
        assert system.part(part).log.read_text().count("loop_failed") == 0, part


async def test_facts_that_cannot_be_read_make_the_gateway_unready_and_hold_no_event_back(
    system: System,
) -> None:
    gateway = system.url("gateway")

    async def is_told() -> bool:
        answer = await system.http.get(f"{gateway}/readyz")
        return answer.status_code == 503 and answer.json()["failing"] == ["facts"]

    async with Panel.at(gateway) as panel, system.redis as redis:
        await panel.log_in()
        conversation = Conversation(system, panel, await system.avito.chat())
        async with panel.socket() as socket:
            await redis.execute_command("HSET", keys.FACTS, "import_done", "x", "import_total", 5)
            await until(is_told)
            written = await system.avito.write(conversation.chat, "hello")
            assert (await socket.read_type("message"))["message"]["id"] == written
        await redis.hdel(keys.FACTS, "import_done", "import_total")
    await system.part("gateway").ready()


async def _write_all(redis: Redis) -> None:
    for command in JUNK:
        await redis.execute_command(*command)
    for publication in PUBLICATIONS:
        await redis.publish(keys.EVENTS, publication)
    for event in EVENTS:
        seq = await redis.hincrby(keys.STATE, "seq", 1)
        await redis.xadd(keys.JOURNAL, {"e": event}, id=f"{seq}-0")
    await redis.hset(keys.STATE, "seq", "x")


async def _goes_on(conversation: Conversation) -> None:
    async with conversation.panel.socket() as socket:
        written = await conversation.system.avito.write(conversation.chat, "hello")
        while (await socket.read_type("message"))["message"]["id"] != written:
            pass
    text = f"answer {written}"
    await conversation.say(text)
    await until(lambda: _is_sent(conversation, text))


async def _is_shown(conversation: Conversation, message: str) -> bool:
    page = await conversation.panel.http.get(f"{PANEL}api/chats/{conversation.chat}/messages")
    return page.status_code == 200 and message in page.text


async def _is_sent(conversation: Conversation, text: str) -> bool:
    return any(one["content"].get("text") == text for one in await conversation.truth())


async def _sweeps(redis: Redis, more: int) -> None:
    """Wait for sweeps."""
    began = {await _began(redis)}

    async def have_begun() -> bool:
        began.add(await _began(redis))
        return len(began) > more

    await until(have_begun)


async def _began(redis: Redis) -> bytes:
    return bytes(await redis.execute_command("HGET", keys.sweep(ACCOUNT), "began") or b"")
