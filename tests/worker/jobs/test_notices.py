"""Held chats follow the owner's choice, and data of an earlier version becomes right by itself."""

from typing import Any, cast

import orjson
import pytest
from redis.asyncio import Redis

from shared.notices import DEFAULTS
from shared.redis import keys
from shared.wires import notice_options
from tests.worker.builders import CHAT, SELLER, make_message
from worker.accounts.context import AccountContext
from worker.jobs.notices import HeldChatsNotice
from worker.messages.commit import Change, commit
from worker.messages.message import ChatFacts, Message

pytestmark = pytest.mark.anyio
AT = 1_757_403_700
SYSTEM = {"text": "[Системное сообщение] Клиент посмотрел номер телефона."}
LEAD = {"text": "[Системное сообщение] Клиент попросил вас позвонить"}
KNOWN = ChatFacts(1, 1, b"null", b"null", "", buying=False)


async def put(store: Redis, *messages: Message, facts: ChatFacts | None = None) -> None:
    await commit(store, Change(SELLER, CHAT, messages, "webhook", facts), AT + 100, 200)


async def look(store: Redis) -> list[dict[str, Any]]:
    """Let the keeper look; return the events of that."""
    before = await store.xlen(keys.JOURNAL)
    account = AccountContext(cast("Any", store), cast("Any", None), SELLER, 200, clock=lambda: AT + 200)
    await HeldChatsNotice(account).look()
    return [orjson.loads(fields[b"e"]) for _, fields in (await store.xrange(keys.JOURNAL))[before:]]


async def chat(store: Redis) -> dict[str, Any]:
    shown = await store.hget(keys.chat(SELLER, CHAT), "json")
    return dict(orjson.loads(shown or b"{}"))


async def counters(store: Redis) -> tuple[int, float | None]:
    shown = await chat(store)
    return shown["unread"], shown["unanswered_since"]


async def as_before(store: Redis, *buyers: str) -> None:
    """Make the data what the version before stored, which took messages of these ids for the buyer's."""
    for message_id, value in (await store.hgetall(keys.messages(SELLER, CHAT))).items():
        header, _, shown = value.partition(b"\n")
        fields = header.split(b" ")[:12]
        if message_id.decode() in buyers:
            now = shown.replace(b'"direction":"system"', b'"direction":"in"')
            fields[2] = b"i1000"
            fields[7] = b"%d" % (int(fields[7]) - len(shown) + len(now))
            shown = now
            await store.zadd(keys.waiting(SELLER, CHAT), {b"~" + message_id: float(fields[0])})
        await store.hset(keys.messages(SELLER, CHAT), message_id, b" ".join(fields) + b"\n" + shown)
    for index in (keys.unread, keys.unanswered):
        await store.zadd(index(SELLER), {CHAT: AT})
    counted = await chat(store) | {"unread": len(buyers), "unanswered_since": AT}
    del counted["buying"]
    await store.hset(keys.chat(SELLER, CHAT), "json", orjson.dumps(counted))
    await store.hdel(keys.chat(SELLER, CHAT), "buying", "rule", "word", "mixed")
    await store.hdel(keys.STATE, "notices")


async def test_a_system_text_that_was_stored_as_the_buyers_becomes_right_after_the_upgrade(
    store: Redis,
) -> None:
    await put(store, make_message("s", created=AT, content=SYSTEM), facts=KNOWN)
    await as_before(store, "s")

    events = await look(store)

    assert [event["type"] for event in events] == ["thread"]
    assert (await chat(store))["last_message"]["direction"] == "system"
    assert await counters(store) == (0, None)
    assert await store.zcard(keys.unread(SELLER)) == await store.zcard(keys.unanswered(SELLER)) == 0
    assert await look(store) == []


async def test_a_lead_that_was_stored_as_the_buyers_stays_unread_and_waits_no_more(store: Redis) -> None:
    await put(store, make_message("l", created=AT, content=LEAD), facts=KNOWN)
    await as_before(store, "l")

    await look(store)

    assert await counters(store) == (1, None)


async def test_a_system_text_in_our_name_that_was_stored_as_an_answer_answers_no_more(store: Redis) -> None:
    await put(store, make_message("w", created=AT), make_message("s", created=AT + 1, author=SELLER))
    stored = await store.hget(keys.messages(SELLER, CHAT), "s") or b""
    text = orjson.dumps(SYSTEM)
    header, _, shown = stored.partition(b"\n")
    fields = header.split(b" ")[:12]
    fields[9] = b"%d" % len(text)
    shown = shown.replace(b'{"text":"text of s"}', text)
    await store.hset(keys.messages(SELLER, CHAT), "s", b" ".join(fields) + b"\n" + shown)
    assert await counters(store) == (0, None)

    await look(store)

    assert await counters(store) == (1, AT)


async def test_calls_that_waited_in_the_version_before_wait_only_where_the_buyer_wrote(store: Redis) -> None:
    content = {"call": {"status": "missed"}}
    await put(store, make_message("c", created=AT, type="call", content=content), facts=KNOWN)
    await as_before(store, "c")
    await look(store)
    assert await counters(store) == (0, None)

    await put(store, make_message("w", created=AT + 1))
    await as_before(store, "c", "w")
    await look(store)
    assert await counters(store) == (2, AT)


async def test_a_report_makes_a_message_right_before_the_keeper_comes_to_it(store: Redis) -> None:
    await put(store, make_message("s", created=AT, content=SYSTEM), facts=KNOWN)
    await as_before(store, "s")

    await put(store, make_message("s", created=AT, content=SYSTEM, asof=AT + 9))

    assert await counters(store) == (0, None)


async def test_a_choice_of_the_owners_reaches_chats_that_nothing_happens_in(store: Redis) -> None:
    await put(store, make_message("s", created=AT, content=SYSTEM))
    await look(store)
    await store.hset(keys.OPTIONS, mapping=notice_options.fields({"system": "wait"}))

    assert [event["type"] for event in await look(store)] == ["thread"]
    assert await counters(store) == (1, AT)

    await store.delete(keys.OPTIONS)
    await look(store)
    assert await counters(store) == (0, None)
    assert await notice_options.read(store) == DEFAULTS


async def test_an_upgrade_that_changes_nothing_is_no_event(store: Redis) -> None:
    await put(store, make_message("w", created=AT), facts=KNOWN)
    await as_before(store, "w")

    assert await look(store) == []


async def test_a_waiting_chat_is_asked_whose_item_it_is_about(store: Redis) -> None:
    await put(store, make_message("w", created=AT), facts=KNOWN)
    await as_before(store, "w")

    await look(store)
    assert await store.zrange(keys.to_enrich(SELLER), 0, -1) == [CHAT.encode()]

    await put(store, facts=ChatFacts(2, 2, b"null", b"null", "", buying=True))
    assert await store.zcard(keys.to_enrich(SELLER)) == 0
    assert await counters(store) == (1, None)
