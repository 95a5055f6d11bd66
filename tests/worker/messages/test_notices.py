"""What a chat counts as unread and as waiting: words, calls, leads, and what the owner chose."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from shared.notices import DEFAULTS, rule_of
from shared.redis import keys
from tests.worker.builders import BUYER, CHAT, SELLER, make_message
from worker.messages.commit import Change, commit
from worker.messages.held import read_until
from worker.messages.message import ChatFacts, Message

pytestmark = pytest.mark.anyio
NOW = 1_757_403_800.0
AT = 1_757_403_700
LEAD = {"text": "[Системное сообщение] Клиент попросил вас позвонить"}
SYSTEM = {"text": "[Системное сообщение] Клиент посмотрел номер телефона."}


def call(name: str = "c", created: int = AT, kind: str = "call") -> Message:
    content = {"call": {"status": "missed", "target_user_id": SELLER}} if kind == "call" else {}
    return make_message(name, created=created, type=kind, content=content)


def word(name: str = "w", created: int = AT) -> Message:
    return make_message(name, created=created)


def gone(name: str = "w", created: int = AT) -> Message:
    return make_message(name, created=created, type="deleted", content={})


async def put(store: Redis, *messages: Message, keep: int = 200, **more: Any) -> list[dict[str, Any]]:
    """Commit messages and return the events of that."""
    before = await store.xlen(keys.JOURNAL)
    await commit(store, Change(SELLER, CHAT, messages, "webhook", **more), NOW, keep)
    return [orjson.loads(fields[b"e"]) for _, fields in (await store.xrange(keys.JOURNAL))[before:]]


async def shown(store: Redis) -> tuple[int, float | None]:
    """`unread` and `unanswered_since`, which the lists agree with."""
    text = await store.hget(keys.chat(SELLER, CHAT), "json")
    chat = orjson.loads(text or b"{}")
    assert (await store.zscore(keys.unread(SELLER), CHAT) is not None) == (chat["unread"] > 0)
    assert await store.zscore(keys.unanswered(SELLER), CHAT) == chat["unanswered_since"]
    return chat["unread"], chat["unanswered_since"]


async def choose(store: Redis, **choices: str) -> None:
    await store.hset(keys.STATE, "notices", rule_of({**DEFAULTS, **choices}))


def rings(events: list[dict[str, Any]]) -> list[str]:
    return [event["message"]["id"] for event in events if event.get("ring")]


async def test_a_system_text_in_the_buyers_name_is_neither_unread_nor_waits_nor_rings(store: Redis) -> None:
    events = await put(store, make_message("s", content=SYSTEM))

    assert (await shown(store), rings(events)) == ((0, None), [])


async def test_a_lead_is_unread_and_rings_once_and_nobody_waits(store: Redis) -> None:
    assert rings(await put(store, make_message("l", content=LEAD, author=0, type="system"))) == ["l"]
    assert rings(await put(store, make_message("l", content=LEAD, author=0, type="system"))) == []
    assert await shown(store) == (1, None)

    await put(store, word("w", AT + 5))
    assert await shown(store) == (2, AT + 5)


async def test_a_lead_says_so_in_thread_and_events_until_it_is_deleted(store: Redis) -> None:
    lead = make_message("l", content=LEAD, author=0, type="system")
    told = await put(store, word("w", AT - 5), lead, make_message("s", content=SYSTEM))
    assert [event["message"].get("lead") for event in told if "message" in event] == [None, True, None]

    told = await put(store, gone("l"))
    assert ["lead" in event["message"] for event in told if "message" in event] == [False]


async def test_a_lead_is_read_like_a_buyers_message(store: Redis) -> None:
    await put(store, make_message("l", content=LEAD, author=0, type="system"))

    lead, newer = await read_until(store, SELLER, CHAT, lambda message: message.id == "l")
    assert lead is not None
    assert not newer
    await put(store, make_message("l", content=LEAD, author=0, type="system", isRead=True))

    assert await shown(store) == (0, None)


async def test_a_lead_that_was_read_stays_read_whatever_the_owner_chooses_later(store: Redis) -> None:
    await choose(store, lead="show")
    await put(store, make_message("l", content=LEAD, isRead=True))
    await choose(store, lead="ring")

    await put(store)

    assert await shown(store) == (0, None)


@pytest.mark.parametrize("kind", ["call", "appCall"])
async def test_a_chat_of_calls_alone_does_not_call_for_an_operator(store: Redis, kind: str) -> None:
    events = await put(store, *(call(f"c{n}", AT + n, kind) for n in range(5)))

    assert (await shown(store), rings(events)) == ((0, None), [])
    assert len(events) == 6


@pytest.mark.parametrize("kind", ["call", "appCall"])
async def test_a_call_in_a_chat_that_holds_a_word_rings_and_waits(store: Redis, kind: str) -> None:
    await put(store, word("w", AT), make_message("ours", created=AT + 1, author=SELLER))

    assert rings(await put(store, call("c", AT + 2, kind))) == ["c"]
    assert await shown(store) == (1, AT + 2)


async def test_a_call_that_was_read_with_a_later_word_waits_since_it_came(store: Redis) -> None:
    await put(store, replace(call("c", AT), read=True), replace(word("w", AT + 3_000), read=True))

    await put(store, word("w2", AT + 3_100))

    assert await shown(store) == (1, AT)


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_calls_count_the_same_in_any_order_of_arrival(store: Redis, order: tuple[int, ...]) -> None:
    reports = [call("c1", AT), word("w", AT + 1), call("c2", AT + 2, "appCall"), gone("w", AT + 1)]
    for position in order:
        await put(store, reports[position])
    assert await shown(store) == (0, None)

    await put(store, word("w2", AT + 1))
    assert await shown(store) == (3, AT)


async def test_a_word_that_is_no_longer_stored_still_makes_calls_wait(store: Redis) -> None:
    await put(store, word("w", AT), keep=2)
    for n in range(1, 4):
        await put(store, call(f"c{n}", AT + n), keep=2)

    assert await shown(store) == (2, AT + 2)


async def test_a_word_that_comes_too_late_to_be_stored_makes_calls_wait(store: Redis) -> None:
    for n in range(1, 4):
        await put(store, call(f"c{n}", AT + n), keep=2)
    await put(store, word("w", AT), keep=2)

    assert await shown(store) == (2, AT + 2)


async def test_calls_alone_do_not_wait_however_many_are_no_longer_stored(store: Redis) -> None:
    for n in range(6):
        await put(store, call(f"c{n}", AT + n), keep=2)

    assert await shown(store) == (0, None)


async def test_the_owner_lets_a_lead_wait_and_silences_calls(store: Redis) -> None:
    await choose(store, lead="wait", call="show", system="ring")
    await put(store, word("w", AT), make_message("ours", created=AT + 1, author=SELLER))

    assert rings(await put(store, call("c", AT + 2))) == []
    assert rings(await put(store, make_message("s", created=AT + 3, content=SYSTEM))) == ["s"]
    assert await shown(store) == (1, None)
    assert rings(await put(store, make_message("l", created=AT + 4, content=LEAD))) == ["l"]
    assert await shown(store) == (2, AT + 4)


async def test_a_new_choice_reaches_what_is_held_with_the_next_commit(store: Redis) -> None:
    await put(store, call("c", AT), make_message("l", created=AT + 1, content=LEAD))
    assert await shown(store) == (1, None)

    await choose(store, call="wait", lead="show")
    events = await put(store, call("c", AT))

    assert [event["type"] for event in events] == ["chat"]
    assert await shown(store) == (1, AT)


async def test_a_chat_in_which_we_are_the_buyer_never_waits(store: Redis) -> None:
    await put(store, word())
    assert await shown(store) == (1, AT)

    events = await put(store, facts=ChatFacts(1, 1, b"null", b"null", "", buying=True))
    assert [event["chat"]["buying"] for event in events] == [True]
    assert await shown(store) == (1, None)

    assert rings(await put(store, word("w2", AT + 1))) == ["w2"]
    await put(store, facts=ChatFacts(2, 2, b"null", b"null", "", buying=None))
    assert await shown(store) == (2, None)

    await put(store, facts=ChatFacts(3, 3, b"null", b"null", "", buying=False))
    assert await shown(store) == (2, AT)


async def test_a_chat_of_avitos_own_does_not_call_for_an_operator(store: Redis) -> None:
    await put(store, make_message("m", author=BUYER))
    await put(store, make_message("call", type="call", content={"call": {"status": "missed"}}))
    assert await shown(store) == (2, 1_757_403_725)

    await put(store, chat_type="a2u")

    assert await shown(store) == (0, None)


@pytest.mark.parametrize("types", list(permutations(["u2i", "a2u", ""])))
async def test_a_chat_that_was_once_with_a_buyer_is_never_avitos_own(
    store: Redis, types: tuple[str, ...]
) -> None:
    for number, chat_type in enumerate(types):
        await put(store, word(f"w{number}"), chat_type=chat_type)

    assert await shown(store) == (3, AT)


async def test_a_rank_that_moves_nothing_is_no_event(store: Redis) -> None:
    await put(store, word("a"), word("b"), make_message("c", author=SELLER))

    assert await put(store, replace(word("a"), rank=0), replace(word("b"), rank=1)) == []
    assert await put(store, replace(word("b"), rank=1)) == []


async def test_a_rank_that_moves_a_message_tells_the_whole_second(store: Redis) -> None:
    await put(store, word("a"), word("b"), word("later", AT + 1))

    events = await put(store, replace(word("b"), rank=0), replace(word("a"), rank=1))

    assert [(event["message"]["id"], event["message"]["rank"], event["ring"]) for event in events] == [
        ("b", 0, False),
        ("a", 1, False),
    ]


async def test_a_new_message_tells_the_ranks_beside_it(store: Redis) -> None:
    await put(store, word("a"), word("b"))
    await put(store, replace(word("a"), rank=0), replace(word("b"), rank=1))

    events = await put(store, word("0", AT))

    told = [(event["message"]["id"], event["message"]["rank"], event["ring"]) for event in events]
    assert told == [("0", None, True), ("a", 0, False), ("b", 1, False)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_deleted_system_text_stays_avitos_in_any_order_of_arrival(
    store: Redis, order: tuple[int, ...]
) -> None:
    words = {"text": "Сообщение удалено"}
    reports = [make_message("s", content=LEAD), make_message("s", content=words), gone("s", 1_757_403_725)]
    for position in order:
        await put(store, reports[position])
    await put(store, reports[1])

    last = orjson.loads(await store.hget(keys.chat(SELLER, CHAT), "json") or b"{}")["last_message"]
    assert (last["direction"], last["deleted"]) == ("system", True)
    assert await shown(store) == (0, None)
