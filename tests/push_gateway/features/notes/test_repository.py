"""Notes for colleagues: stored beside the thread, published, never part of Avito's data."""

import asyncio
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from push_gateway.features.notes import repository
from push_gateway.features.notes.repository import MOST, MOST_BYTES, NoteKey
from shared.redis import keys
from shared.redis.lua import scripts
from tests.push_gateway.panel import write
from tests.worker.builders import SELLER
from tests.worker.fake_avito import FakeAvito, make_account
from worker.jobs import prune

pytestmark = pytest.mark.anyio
CHAT = 'chat «1"'


def place(note_id: str = "n-1") -> NoteKey:
    return NoteKey(SELLER, CHAT, note_id)


async def held(redis: Redis) -> list[dict[str, Any]]:
    return [orjson.loads(note) for note in await repository.read_all(redis, SELLER, CHAT)]


async def events(redis: Redis) -> list[dict[str, Any]]:
    rows = await redis.execute_command("XRANGE", keys.JOURNAL, "-", "+")
    return [orjson.loads(fields[b"e"]) for _, fields in rows]


async def everything_of_avito(redis: Redis) -> list[Any]:
    """All that a chat, its thread and its indexes hold."""
    return [
        await redis.execute_command("HGETALL", keys.chat(SELLER, CHAT)),
        await redis.execute_command("HGETALL", keys.messages(SELLER, CHAT)),
        *[
            await redis.execute_command("ZRANGE", name, 0, -1, "WITHSCORES")
            for name in (
                *(keys.thread(SELLER, CHAT), keys.waiting(SELLER, CHAT), keys.chats(SELLER)),
                *(keys.unread(SELLER), keys.unanswered(SELLER)),
            )
        ],
        await redis.execute_command("LRANGE", keys.outbox(SELLER, CHAT), 0, -1),
        await redis.execute_command("ZRANGE", keys.OUTBOX_WAITING, 0, -1),
    ]


@pytest.fixture
async def chat(store: Redis) -> Redis:
    """A Redis with one chat in it."""
    await write(store, "m1", chat=CHAT)
    return store


async def test_a_note_is_stored_and_published_under_the_next_seq(chat: Redis) -> None:
    before = (await events(chat))[-1]["seq"]

    verdict, note = await repository.write(chat, place(), "звонить после шести", "Анна")

    shown = orjson.loads(note)
    assert verdict == "written"
    assert shown == {
        "id": "n-1",
        "chat_id": CHAT,
        "text": "звонить после шести",
        "by": "Анна",
        "at": shown["at"],
        "deleted": False,
    }
    assert await held(chat) == [shown]
    told = (await events(chat))[-1]
    assert (told["type"], told["seq"], told["chat_id"], told["note"]) == ("note", before + 1, CHAT, shown)


async def test_a_note_changes_nothing_of_avitos(chat: Redis) -> None:
    before = await everything_of_avito(chat)

    await repository.write(chat, place(), "не путать", "Анна")
    await repository.write(chat, place("n-2"), "и ещё", "Анна")
    await repository.remove(chat, place(), "Анна")

    assert await everything_of_avito(chat) == before


async def test_the_same_note_sent_twice_is_one_note_published_once(chat: Redis) -> None:
    _, first = await repository.write(chat, place(), "раз", "Анна")
    told = len(await events(chat))

    assert await repository.write(chat, place(), "раз", "Анна") == ("known", first)

    assert (len(await held(chat)), len(await events(chat))) == (1, told)


@pytest.mark.parametrize(("text", "by"), [("другое", "Анна"), ("раз", "boris")])
async def test_another_note_under_the_same_id_is_refused(chat: Redis, text: str, by: str) -> None:
    await repository.write(chat, place(), "раз", "Анна")

    assert await repository.write(chat, place(), text, by) == ("conflict", b"")

    assert [(note["text"], note["by"]) for note in await held(chat)] == [("раз", "Анна")]


async def test_an_unknown_chat_takes_no_note(store: Redis) -> None:
    assert await repository.write(store, place(), "раз", "Анна") == ("unknown", b"")
    assert await store.exists(keys.notes(SELLER, CHAT)) == 0


async def test_a_note_beyond_the_limit_is_refused_and_none_is_lost(chat: Redis) -> None:
    for number in range(MOST):
        await repository.write(chat, place(f"n-{number}"), "раз", "Анна")

    assert await repository.write(chat, place("one more"), "раз", "Анна") == ("full", b"")
    assert (await repository.write(chat, place("n-7"), "раз", "Анна"))[0] == "known"
    assert len(await held(chat)) == MOST
    await repository.remove(chat, place("n-7"), "Анна")
    assert (await repository.write(chat, place("one more"), "раз", "Анна"))[0] == "written"


async def test_the_author_of_a_note_removes_it_and_the_removal_is_published(chat: Redis) -> None:
    await repository.write(chat, place(), "раз", "Анна")

    assert await repository.remove(chat, place(), "Анна") == "done"

    assert await held(chat) == []
    told = (await events(chat))[-1]
    assert (told["type"], told["note"]) == ("note", {"id": "n-1", "chat_id": CHAT, "deleted": True})
    assert await repository.remove(chat, place(), "Анна") == "unknown"


async def test_only_an_owner_removes_a_colleagues_note(chat: Redis) -> None:
    await repository.write(chat, place(), "раз", "Анна")

    assert await repository.remove(chat, place(), "boris") == "foreign"
    assert len(await held(chat)) == 1
    assert await repository.remove(chat, place(), None) == "done"


async def test_notes_stay_while_the_chat_is_swept_and_go_with_it(real_redis: Redis) -> None:
    now = FakeAvito().clock()
    await write(real_redis, "m1", chat=CHAT, created=now - 181 * prune.DAY_S)
    await repository.write(real_redis, place(), "раз", "Анна")
    await write(real_redis, "m1", chat=CHAT, created=now - 181 * prune.DAY_S)
    assert len(await held(real_redis)) == 1

    await prune.prune(make_account(real_redis, FakeAvito()))

    assert await real_redis.exists(keys.notes(SELLER, CHAT)) == 0


@given(
    texts=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), min_size=1, max_size=12)
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_concurrent_notes_are_stored_unchanged_in_the_order_of_the_journal(
    real_redis: Redis, texts: list[str]
) -> None:
    await real_redis.flushall()
    await real_redis.connection_pool.disconnect()
    await write(real_redis, "m1", chat=CHAT)

    await asyncio.gather(
        *(repository.write(real_redis, place(f"n-{n}"), text, f"o{n % 3}") for n, text in enumerate(texts))
    )

    told = [event["note"] for event in await events(real_redis) if event["type"] == "note"]
    kept = await held(real_redis)
    assert {note["id"]: note["text"] for note in told} == {f"n-{n}": text for n, text in enumerate(texts)}
    assert sorted(kept, key=lambda note: str(note["id"])) == sorted(told, key=lambda note: str(note["id"]))
    assert [note["at"] for note in kept] == sorted(note["at"] for note in kept)


def long_note(number: int) -> str:
    """A note of 8,000 bytes, different from the others."""
    return f"{number:04}" + "\U0001f600" * 1_999


async def test_the_notes_of_a_chat_are_bounded_in_bytes(chat: Redis) -> None:
    written = [
        (await repository.write(chat, place(f"n-{number}"), long_note(number), "Анна"))[0]
        for number in range(MOST_BYTES // 8_000 + 2)
    ]

    assert written[-1] == "full"
    assert sum(map(len, await repository.read_all(chat, SELLER, CHAT))) <= MOST_BYTES
    await repository.remove(chat, place("n-0"), "Анна")
    assert (await repository.write(chat, place("more"), long_note(0), "Анна"))[0] == "written"


async def test_the_notes_of_all_chats_are_bounded_in_bytes(
    chat: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "MOST_BYTES_IN_ALL", 20_000)
    await write(chat, "m2", chat="another")

    async def write_to(chat_id: str, note_id: str) -> str:
        return (await repository.write(chat, NoteKey(SELLER, chat_id, note_id), long_note(1), "Анна"))[0]

    assert [await write_to(one, "n-1") for one in (CHAT, "another")] == ["written"] * 2
    assert await write_to(CHAT, "n-2") == "all_full"
    await repository.remove(chat, place("n-1"), "Анна")
    assert await write_to("another", "n-2") == "written"
    score = await chat.zscore(keys.chats(SELLER), "another")
    assert score is not None
    await scripts.prune_chat(account_id=SELLER, chat_id="another", seen=score, most=10).run(chat)
    assert [await write_to(CHAT, f"n-{number}") for number in (3, 4, 5)] == ["written", "written", "all_full"]
