"""The commit script: what one report of a message changes, and what it never changes."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.lua import scripts
from shared.redis.lua.scripts import CommitReply
from shared.wires import forgotten
from tests.worker.builders import BUYER, CHAT, SELLER, make_message
from worker.messages.commit import Change, commit
from worker.messages.deletion import DELETED_TEXT
from worker.messages.message import ChatFacts, Message, Source

pytestmark = pytest.mark.anyio
NOW = 1_757_403_800.0
SECOND = 1_757_403_700


async def put(
    store: Redis,
    *messages: Message,
    source: Source = "webhook",
    now: float = NOW,
    keep: int = 200,
    **more: Any,
) -> CommitReply:
    return await commit(store, Change(SELLER, CHAT, messages, source, **more), now, keep)


async def events(store: Redis) -> list[dict[str, Any]]:
    return [orjson.loads(fields[b"e"]) for _, fields in await store.xrange(keys.JOURNAL)]


async def chat(store: Redis) -> dict[str, Any]:
    shown = await store.execute_command("HGET", keys.chat(SELLER, CHAT), "json")
    return dict(orjson.loads(shown))


async def thread(store: Redis) -> list[dict[str, Any]]:
    members = await store.zrange(keys.thread(SELLER, CHAT), 0, -1)
    held: dict[bytes, bytes] = await store.execute_command("HGETALL", keys.messages(SELLER, CHAT))
    ids = [member[1:] if member.startswith(b"~") else member[3:] for member in members]
    assert set(ids) == set(held)
    return [orjson.loads(held[message_id].partition(b"\n")[2]) for message_id in ids]


async def dismiss(store: Redis, message_id: str) -> None:
    """An operator marks this message and all before it as needing no answer."""
    call = scripts.mark_answered(
        account_id=SELLER, chat_id=CHAT, chat_json=orjson.dumps(CHAT), now=NOW, seen=message_id
    )
    assert await call.run(store) == "done"


async def test_the_first_message_of_a_chat_creates_the_chat_and_rings(store: Redis) -> None:
    done = await put(store, make_message("m1", created=1_757_403_725), chat_type="u2i")

    assert done == CommitReply(
        new=1,
        changed=0,
        unenriched=True,
        seq=2,
        is_reply=False,
        needs_recheck=False,
        unreadable=0,
        waited=None,
    )
    created, message = await events(store)
    assert created["type"] == "chat"
    assert created["chat"] == {
        "id": CHAT,
        "account_id": SELLER,
        "type": "u2i",
        "buyer": None,
        "item": None,
        "updated": 1_757_403_725,
        "last_message": message["message"],
        "unread": 1,
        "unanswered_since": 1_757_403_725,
        "enriched": False,
        "owner": None,
        "buying": False,
    }
    assert message == {
        "type": "message",
        "seq": 2,
        "account_id": SELLER,
        "chat_id": CHAT,
        "at": NOW,
        "message": {
            "id": "m1",
            "chat_id": CHAT,
            "author_id": BUYER,
            "direction": "in",
            "type": "text",
            "content": {"text": "text of m1"},
            "quote": None,
            "own": None,
            "created": 1_757_403_725,
            "rank": None,
            "read": False,
            "deleted": False,
            "source": "webhook",
        },
        "chat": {
            "unread": 1,
            "unanswered_since": 1_757_403_725,
            "updated": 1_757_403_725,
            "last_message": message["message"],
        },
        "ring": True,
    }


async def test_a_duplicate_makes_no_event(store: Redis) -> None:
    await put(store, make_message())

    done = await put(store, make_message(), now=NOW + 5)

    assert (done.new, done.changed, done.seq) == (0, 0, 2)
    assert len(await events(store)) == 2


async def test_the_inbox_entry_is_gone_with_the_commit(store: Redis) -> None:
    await store.xgroup_create(keys.INBOX, keys.INBOX_GROUP, "0", mkstream=True)
    entry = await store.xadd(keys.INBOX, {b"b": b"{}"})
    await store.xreadgroup(keys.INBOX_GROUP, "w", {keys.INBOX: ">"})

    await put(store, make_message(), entry=entry)

    assert await store.xlen(keys.INBOX) == 0
    assert (await store.xpending(keys.INBOX, keys.INBOX_GROUP))["pending"] == 0


async def test_a_deleted_message_stays_deleted_when_its_original_arrives_late(store: Redis) -> None:
    await put(store, make_message("m1", type="deleted", content={}))
    await put(store, make_message("m1"))

    (message,) = await thread(store)
    assert (message["deleted"], message["type"], message["content"]) == (True, "deleted", {})
    assert (await chat(store))["unread"] == 0


async def test_the_text_form_of_a_deletion_deletes(store: Redis) -> None:
    await put(store, make_message("m1"))
    await put(store, make_message("m1", content={"text": "Сообщение удалено"}))

    (message,) = await thread(store)
    assert (message["deleted"], message["content"]) == (True, {})


@pytest.mark.parametrize("asof", [(0, 0), (0, NOW), (NOW, 0), (NOW, NOW + 1)])
@pytest.mark.parametrize("words_first", [True, False])
@pytest.mark.parametrize(
    ("kind", "content"), [("text", {"text": "Здравствуйте"}), ("appCall", {}), ("voice", {"voice": None})]
)
async def test_one_id_with_the_words_of_a_deletion_and_with_others_is_deleted_in_any_order(
    store: Redis,
    asof: tuple[float, float],
    words_first: bool,
    kind: str,
    content: dict[str, Any],
) -> None:
    words = make_message("m1", content={"text": DELETED_TEXT}, asof=asof[0])
    other = make_message("m1", type=kind, content=content, asof=asof[1])

    for message in (words, other, words) if words_first else (other, words, other):
        await put(store, message, source="sweep" if message.asof else "webhook")

    (held,) = await thread(store)
    assert (held["deleted"], held["content"]) == (True, {})
    assert (await chat(store))["unread"] == 0


async def test_the_words_of_a_deletion_under_an_unknown_id_show_nothing_and_are_rechecked(
    store: Redis,
) -> None:
    await put(store, make_message("m1"))
    before = await events(store)

    done = await put(store, make_message("m2", content={"text": DELETED_TEXT}))

    assert done.needs_recheck
    assert await events(store) == before


@pytest.mark.parametrize("content", [{}, {"text": "Перейдите на подписку с API мессенджера"}])
async def test_the_words_in_place_of_a_text_that_was_not_known_are_typed(
    store: Redis, content: dict[str, Any]
) -> None:
    await put(store, make_message("m1", content=content))

    await put(store, make_message("m1", content={"text": DELETED_TEXT}, asof=NOW), source="sweep")

    (held,) = await thread(store)
    assert (held["deleted"], held["content"]) == (False, {"text": DELETED_TEXT})


async def test_words_that_avito_lists_as_typed_ring_and_stay(store: Redis) -> None:
    typed = make_message("m1", content={"text": DELETED_TEXT}, asof=NOW)
    await put(store, typed, source="sweep")

    await put(store, make_message("m1", content={"text": DELETED_TEXT}))

    (held,) = await thread(store)
    assert (held["deleted"], held["content"]) == (False, {"text": DELETED_TEXT})
    assert [event.get("ring") for event in await events(store)] == [None, True]


async def test_a_time_of_the_api_replaces_one_of_a_webhook_whose_marks_move_with_it(store: Redis) -> None:
    await put(store, make_message("ours", author=SELLER, created=SECOND + 5))
    await put(store, make_message("buyers", created=SECOND + 3))
    await put(store, make_message("guessed", author=SELLER, created=SECOND + 9))
    assert (await chat(store))["unread"] == 0

    await put(store, make_message("guessed", author=SELLER, created=SECOND, asof=NOW), source="sweep")

    assert [message["id"] for message in await thread(store)] == ["guessed", "buyers", "ours"]
    assert (await chat(store))["unread"] == 0
    assert (await chat(store))["unanswered_since"] is None


async def test_ranks_of_a_later_page_replace_those_of_one_that_lacked_a_message(store: Redis) -> None:
    def page(asof: float, *ids: str) -> list[Message]:
        return [replace(make_message(name, asof=asof), rank=rank) for rank, name in enumerate(ids)]

    await put(store, *page(NOW, "a", "b"), source="sweep")
    await put(store, *page(NOW + 5, "a", "late", "b"), source="sweep")

    assert [message["id"] for message in await thread(store)] == ["a", "late", "b"]


async def test_an_answer_ends_unread_and_unanswered(store: Redis) -> None:
    await put(store, make_message("m1", created=100_000_0001), make_message("m2", created=100_000_0002))
    await put(store, make_message("m3", created=100_000_0003, author=SELLER))

    assert (await chat(store))["unread"] == 0
    assert (await chat(store))["unanswered_since"] is None
    assert await store.zcard(keys.unanswered(SELLER)) == 0


@pytest.mark.parametrize("ranked", [("m1", "m2"), ("m2", "m1")])
async def test_a_dismissal_holds_when_avito_ranks_the_dismissed_messages(
    store: Redis, ranked: tuple[str, ...]
) -> None:
    for name in ("m1", "m2"):
        await put(store, make_message(name, created=SECOND))
    await dismiss(store, "m2")
    assert (await chat(store))["unanswered_since"] is None

    page = [replace(make_message(name, created=SECOND), rank=rank) for rank, name in enumerate(ranked)]
    await put(store, *page, source="sweep")
    assert (await chat(store))["unanswered_since"] is None

    await put(store, make_message("m3", created=SECOND + 1))
    assert (await chat(store))["unanswered_since"] == SECOND + 1


@pytest.mark.parametrize("order", [("m1", "m2", "gone"), ("m1", "gone", "m2"), ("gone", "m2", "m1")])
async def test_a_deleted_answer_of_a_bot_leaves_the_chat_unanswered(
    store: Redis, order: tuple[str, ...]
) -> None:
    bots = {"created": SECOND + 2, "author": SELLER}
    reports = {
        "m1": make_message("m1", created=SECOND),
        "m2": make_message("m2", **bots, content={"text": "hi", "flow_id": "a_bot"}),
        "gone": make_message("m2", **bots, type="deleted", content={}),
    }

    for name in order:
        await put(store, reports[name])

    assert (await chat(store))["unanswered_since"] == SECOND


async def test_messages_dismissed_before_a_bots_answer_stay_dismissed(store: Redis) -> None:
    await put(store, make_message("m1", created=SECOND))
    await dismiss(store, "m1")
    await put(store, make_message("m2", created=SECOND + 1))
    await put(store, make_message("m3", created=SECOND + 2, author=SELLER, content={"text": "hi"}))

    bots = {"text": "hi", "flow_id": "a_bot"}
    await put(store, make_message("m3", created=SECOND + 2, author=SELLER, content=bots, asof=NOW))

    assert (await chat(store))["unanswered_since"] == SECOND + 1


async def test_an_answer_that_turns_out_to_be_a_bots_leaves_the_chat_unanswered(store: Redis) -> None:
    await put(store, make_message("m1", created=SECOND))
    await put(store, make_message("m2", created=SECOND + 1, author=SELLER))
    await put(store, make_message("m3", created=SECOND + 2))
    await put(store, make_message("m4", created=SECOND + 3, author=SELLER, content={"text": "hi"}))

    bots = {"text": "hi", "flow_id": "a_bot"}
    await put(store, make_message("m4", created=SECOND + 3, author=SELLER, content=bots, asof=NOW))

    assert (await chat(store))["unanswered_since"] == SECOND + 2


async def test_an_answer_of_a_bot_leaves_the_chat_unanswered(store: Redis) -> None:
    await put(store, make_message("m1", created=100_000_0001))
    await put(
        store,
        make_message("m2", created=100_000_0002, author=SELLER, content={"text": "hi", "flow_id": "a_bot"}),
    )

    assert (await chat(store))["unanswered_since"] == 1_000_000_001


async def test_a_missed_call_waits_for_an_answer_and_a_taken_one_is_an_answer(store: Redis) -> None:
    def call(number: int, status: str) -> Message:
        content = {"call": {"status": status, "target_user_id": SELLER}}
        return make_message(f"c{number}", created=1_000_000_000 + number, type="call", content=content)

    await put(
        store,
        make_message("m1", created=1_000_000_000),
        make_message("m2", created=1_000_000_000, author=SELLER),
    )
    await put(store, call(1, "missed"))
    assert (await chat(store))["unanswered_since"] == 1_000_000_001

    await put(store, call(2, "success"))
    assert (await chat(store))["unanswered_since"] is None


async def test_system_messages_are_neither_unread_nor_ring(store: Redis) -> None:
    await put(store, make_message("s1", author=1, type="system"))

    assert (await chat(store))["unread"] == 0
    assert [event.get("ring") for event in await events(store)] == [None, False]


async def test_reading_a_chat_publishes_the_message_and_a_read_with_the_new_counters(
    store: Redis,
) -> None:
    await put(store, make_message("m1"), make_message("m2", created=1_757_403_726))
    told = len(await events(store))

    await put(store, make_message("m2", created=1_757_403_726, isRead=True), source="sweep")

    message, read = (await events(store))[told:]
    counters = {
        "unread": 0,
        "unanswered_since": 1_757_403_725,
        "updated": 1_757_403_726,
        "last_message": message["message"],
    }
    assert (message["type"], message["message"]["read"], message["chat"]) == ("message", True, counters)
    assert read == {
        "type": "read",
        "seq": told + 2,
        "account_id": SELLER,
        "chat_id": CHAT,
        "at": NOW,
        "chat": counters,
    }


async def test_a_new_url_of_the_same_picture_is_no_change(store: Redis) -> None:
    def picture(host: str) -> dict[str, Any]:
        return {"image": {"sizes": {"140x105": f"https://{host}/a.jpg"}}}

    await put(store, make_message("p", type="image", content=picture("old.example.test")))
    done = await put(
        store, make_message("p", type="image", content=picture("new.example.test"), asof=NOW), source="sweep"
    )

    assert (done.new, done.changed) == (0, 0)


async def test_content_from_the_api_replaces_content_from_a_webhook(store: Redis) -> None:
    await put(store, make_message("m", content={"text": "stub"}))
    await put(store, make_message("m", content={"text": "real words"}, asof=NOW), source="sweep")
    await put(store, make_message("m", content={"text": "stub"}))

    (message,) = await thread(store)
    assert message["content"] == {"text": "real words"}
    assert message["source"] == "webhook"


async def test_missing_content_and_quotes_fill_in(store: Redis) -> None:
    quote = {"id": "q", "author_id": SELLER, "created": 1, "type": "text", "content": {"text": "?"}}
    await put(store, make_message("m", content={}))
    await put(store, make_message("m", quote=quote, asof=NOW), source="sweep")

    (message,) = await thread(store)
    assert (message["content"], message["quote"]) == ({"text": "text of m"}, quote)


async def test_below_the_floor_nothing_is_new_or_rings(store: Redis) -> None:
    for number in range(5):
        await put(store, make_message(f"m{number}", created=1_000_000_000 + number), keep=3)
    before = await events(store)

    done = await put(store, make_message("m0", created=1_000_000_000), keep=3)

    assert done.new == 0
    assert await events(store) == before
    assert [message["id"] for message in await thread(store)] == ["m2", "m3", "m4"]


async def test_a_bulk_change_is_one_thread_event(store: Redis) -> None:
    await put(store, *(make_message(f"m{n}", created=1_000_000_000 + n) for n in range(50)), quiet=True)

    (event,) = await events(store)
    assert (event["type"], event["chat"]["unread"]) == ("thread", 50)


async def test_the_facts_with_the_latest_update_win_in_any_order_of_arrival(store: Redis) -> None:
    await put(store, make_message())
    newer = ChatFacts(200, 1000, b'{"name":"new"}', b"null", "b")
    older = ChatFacts(100, 2000, b'{"name":"old"}', b"null", "a")

    await put(store, source="sweep", facts=newer)
    await put(store, source="sweep", facts=older)

    assert (await chat(store))["buyer"] == {"name": "new"}
    assert (await chat(store))["enriched"] is True


async def test_no_chat_begins_without_a_message(store: Redis) -> None:
    await put(store, source="sweep", facts=ChatFacts(1, 1, b"{}", b"null", "a"))

    assert await store.zcard(keys.chats(SELLER)) == 0
    assert await events(store) == []


async def test_an_unknown_chat_is_noted_for_enrichment_until_facts_come(store: Redis) -> None:
    await put(store, make_message())
    assert await store.zrange(keys.to_enrich(SELLER), 0, -1) == [CHAT.encode()]

    await put(store, source="sweep", facts=ChatFacts(1, 1, b"{}", b"null", "a"))
    assert await store.zcard(keys.to_enrich(SELLER)) == 0


async def test_ids_and_numbers_pass_through_unharmed(store: Redis) -> None:
    content = {"text": 'quotes " and \\ \n lines', "empty": [], "big": 9_007_199_254_740_993}
    await put(store, make_message('id "odd" ~', content=content))

    (message,) = await thread(store)
    assert (message["id"], message["content"]) == ('id "odd" ~', content)


@pytest.mark.parametrize(
    "key",
    [
        keys.thread(SELLER, CHAT),
        keys.chat(SELLER, CHAT),
        keys.floors(SELLER),
        forgotten.key_of(SELLER, CHAT),
        keys.assigned(SELLER, "olga"),
    ],
)
async def test_a_key_of_the_wrong_type_changes_nothing_at_all(store: Redis, key: str) -> None:
    if key == keys.assigned(SELLER, "olga"):
        await store.execute_command("HSET", keys.chat(SELLER, CHAT), "owner", "olga")
    await store.execute_command("RPUSH", key, "a list")
    with pytest.raises(Exception, match="WRONGTYPE"):
        await put(store, make_message())

    assert await store.exists(keys.JOURNAL, keys.messages(SELLER, CHAT)) == 0


async def test_a_buyers_message_that_only_ids_put_before_ours_of_the_same_second_is_rechecked(
    store: Redis,
) -> None:
    await put(store, make_message("b-ours", author=SELLER, created=SECOND))

    done = await put(store, make_message("a-buyers", created=SECOND))

    assert done.needs_recheck
    assert await store.execute_command("HGET", keys.to_recheck(SELLER), CHAT) == b"a-buyers"
    assert ((await chat(store))["unread"], (await events(store))[-1]["ring"]) == (0, False)


async def test_a_buyers_message_rings_once_avitos_order_puts_it_after_ours(store: Redis) -> None:
    ours, buyers = (
        make_message("b-ours", author=SELLER, created=SECOND),
        make_message("a-buyers", created=SECOND),
    )
    await put(store, ours)
    await put(store, buyers)

    done = await put(store, replace(ours, rank=0), replace(buyers, rank=1), source="sweep")

    assert not done.needs_recheck
    shown = await chat(store)
    assert (shown["unread"], shown["unanswered_since"]) == (1, SECOND)
    rings = {event["message"]["id"]: event["ring"] for event in (await events(store))[-2:]}
    assert rings == {"b-ours": False, "a-buyers": True}


async def test_a_buyers_message_that_rang_does_not_ring_again_by_avitos_order(store: Redis) -> None:
    buyers = make_message("a-buyers", created=SECOND)
    ours = make_message("b-ours", author=SELLER, created=SECOND)
    await put(store, buyers)
    await put(store, ours)

    await put(store, replace(ours, rank=0), replace(buyers, rank=1), source="sweep")

    assert (await chat(store))["unread"] == 1
    rings = [one["message"]["id"] for one in await events(store) if one["type"] == "message" and one["ring"]]
    assert rings == ["a-buyers"]


@pytest.mark.parametrize(
    ("ours", "buyers"),
    [(("a", None), ("b", None)), (("b", None), ("a", 0)), (("b", 1), ("a", 0)), (("b", 0), ("a", 1))],
    ids=["its id puts it after", "ours is newer than the page", "Avito: before ours", "Avito: after ours"],
)
async def test_no_recheck_is_needed_where_the_order_is_known_or_harmless(
    store: Redis, ours: tuple[str, int | None], buyers: tuple[str, int | None]
) -> None:
    first = make_message(ours[0], author=SELLER, created=SECOND)
    second = make_message(buyers[0], created=SECOND)

    await put(store, replace(first, rank=ours[1]))

    assert not (await put(store, replace(second, rank=buyers[1]))).needs_recheck
