"""A chat that was forgotten on request stays forgotten; and how long buyers waited for answers."""

from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.lua.scripts import CommitReply
from shared.wires.forgotten import forgotten_at, key_of
from tests.worker.builders import CHAT, SELLER, make_message
from worker.messages.commit import Change, commit
from worker.messages.message import ChatFacts, Message, Source
from worker.sync.sweep.chat_check import missing_of

pytestmark = pytest.mark.anyio
WHEN = 1_757_403_800.0
NOW = WHEN + 100
FACTS = ChatFacts(WHEN - 5, NOW, b'{"id":205006007,"name":"Vera"}', b"null", "fp")


async def put(store: Redis, *messages: Message, source: Source = "webhook", **more: Any) -> CommitReply:
    return await commit(store, Change(SELLER, CHAT, messages, source, **more), NOW, 200)


async def forget(store: Redis) -> None:
    await store.execute_command("SET", key_of(SELLER, CHAT), repr(WHEN))


async def left(store: Redis) -> set[str]:
    """Every key of this account, and the events told."""
    found = {key.decode() for key in await store.keys(f"avito:{SELLER}:*")}
    return found | {str(number) for number in range(await store.xlen(keys.JOURNAL))}


async def test_neither_a_late_webhook_nor_a_sweep_restores_a_forgotten_chat(store: Redis) -> None:
    await forget(store)
    old = make_message("m1", created=WHEN - 10)

    for source, facts in (("webhook", None), ("sweep", FACTS), ("reply", None)):
        done = await put(store, old, source=source, facts=facts)  # type: ignore[arg-type]  # a Source each
        assert (done.new, done.changed, done.unenriched) == (0, 0, False)
    await put(store, source="sweep", facts=FACTS)

    assert await left(store) == set()


async def test_the_inbox_entry_of_a_forgotten_chat_is_acknowledged(store: Redis) -> None:
    await forget(store)
    await store.xgroup_create(keys.INBOX, keys.INBOX_GROUP, id="0", mkstream=True)
    entry = await store.xadd(keys.INBOX, {"b": "{}"})

    await put(store, make_message("m1", created=WHEN - 10), entry=entry)

    assert await store.xlen(keys.INBOX) == 0


async def test_a_sweep_does_not_count_forgotten_messages_as_missing(store: Redis) -> None:
    await forget(store)
    old = make_message("m1", created=WHEN - 10)

    assert await missing_of(store, SELLER, CHAT, (old,)) == 0
    assert await missing_of(store, SELLER, "another", (old,)) == 1


async def test_when_the_buyer_writes_again_the_chat_begins_anew(store: Redis) -> None:
    await forget(store)

    done = await put(
        store, make_message("m1", created=WHEN - 10), make_message("m2", created=WHEN + 10), facts=FACTS
    )

    chat = orjson.loads(await store.execute_command("HGET", keys.chat(SELLER, CHAT), "json"))
    assert done.new == 1
    assert (chat["unread"], chat["last_message"]["id"], chat["buyer"]["name"]) == (1, "m2", "Vera")
    assert (await put(store, make_message("m0", created=WHEN - 20))).new == 0


async def test_only_a_hash_of_a_forgotten_chat_remains(store: Redis) -> None:
    await forget(store)

    assert CHAT not in key_of(SELLER, CHAT)
    assert await forgotten_at(store, SELLER, CHAT) == WHEN
    assert await forgotten_at(store, SELLER, "another") is None


async def test_an_answer_is_measured_from_the_buyers_first_message(store: Redis) -> None:
    first = make_message("m1", created=WHEN)
    again = make_message("m2", created=WHEN + 20)
    answer = make_message("m3", created=WHEN + 45, author=SELLER)
    more = make_message("m4", created=WHEN + 50, author=SELLER)

    waited = [(await put(store, message)).waited for message in (first, again, answer, more, answer)]

    assert waited == [None, None, 45.0, None, None]


async def test_an_answer_that_a_sweep_brings_hours_later_is_not_measured(store: Redis) -> None:
    long_ago = NOW - 90_000
    await put(store, make_message("m1", created=long_ago))

    done = await put(store, make_message("m2", created=long_ago + 60, author=SELLER), source="sweep")

    assert done.waited is None
