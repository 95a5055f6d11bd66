"""The outbox in Redis: each step is atomic, and only the owner of the chat takes it."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.lua.scripts import CommitReply
from tests.worker.builders import BUYER, CHAT, SELLER, make_message
from tests.worker.outbox.replies import NOW, item, make_wish, open_chat, press, queue, states, thread
from worker.messages.commit import Change, commit
from worker.messages.match import match_words, text_word
from worker.outbox.box import Box
from worker.outbox.decide import Transition, Trouble
from worker.outbox.reply import Reply

pytestmark = pytest.mark.anyio


def box(redis: Redis, token: str = "one") -> Box:
    return Box(redis, SELLER, CHAT, token)


async def take(redis: Redis, token: str = "one") -> Reply:
    taken = await box(redis, token).take(NOW)
    assert isinstance(taken, Reply)
    return taken


async def begin(redis: Redis, token: str = "one", now: float = NOW) -> Reply:
    reply = await take(redis, token)
    assert await box(redis, token).begin(reply, text_word(reply.text), now)
    return replace(reply, state="sending")


async def put(redis: Redis, *, source: Any = "webhook", now: float = NOW, **message: Any) -> CommitReply:
    made = make_message(**{"message_id": "m1", "author": SELLER, "created": NOW, **message})
    return await commit(redis, Change(SELLER, CHAT, (made,), source), now, 200)


async def refs(redis: Redis) -> list[bytes]:
    found: list[bytes] = await redis.execute_command("LRANGE", keys.outbox(SELLER, CHAT), 0, -1)
    return found


async def settle(redis: Redis, ref: str, message_id: str, *, sure: bool = True) -> CommitReply:
    made = make_message(message_id, author=SELLER, created=NOW, content={"text": "Да"})
    own = replace(made, own=b'{"operator":"olga"}')
    return await commit(redis, Change(SELLER, CHAT, (own,), "reply", reply=ref, sure=sure), NOW, 200)


async def test_a_queued_reply_is_shown_to_all_operators(store: Redis) -> None:
    await open_chat(store)

    verdict, shown = await queue(store, make_wish())

    assert verdict == "queued"
    assert shown == {
        "ref": "r1",
        "chat_id": CHAT,
        "kind": "text",
        "text": "Да",
        "by": "olga",
        "at": NOW,
        "state": "queued",
        "code": None,
        "reason": None,
        "detail": None,
        "retryable": False,
        "tries": 0,
        "since": None,
        "progress": None,
        "message_id": None,
    }
    (newest,) = await store.xrevrange(keys.JOURNAL, count=1)
    event = orjson.loads(newest[1][b"e"])
    assert (event["type"], event["account_id"], event["chat_id"]) == ("outbox", SELLER, CHAT)
    assert event["item"] == shown
    assert await store.zrange(keys.OUTBOX_WAITING, 0, -1) == [f"{SELLER}/r1".encode()]


async def test_the_same_ref_again_is_the_same_reply(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish())

    assert (await queue(store, make_wish(at=NOW + 9, by="anna")))[0] == "known"
    assert await refs(store) == [b"r1"]


@pytest.mark.parametrize("other", [{"text": "Нет"}, {"digest": "aa"}], ids=["other text", "a picture"])
async def test_the_same_ref_with_other_content_is_a_conflict(store: Redis, other: dict[str, Any]) -> None:
    await open_chat(store)
    await queue(store, make_wish())

    assert await queue(store, make_wish(**other)) == ("conflict", None)


async def test_a_reply_into_an_unknown_chat_or_a_full_queue_is_not_taken(store: Redis) -> None:
    assert (await queue(store, make_wish()))[0] == "unknown"

    await open_chat(store)
    assert (await queue(store, make_wish(), most_here=0))[0] == "full"
    assert (await queue(store, make_wish(), most=0))[0] == "full"
    assert not await store.exists(keys.reply(SELLER, "r1"))


async def test_only_the_first_reply_is_given_and_only_to_one_worker(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish("r1"))
    await queue(store, make_wish("r2"))

    assert (await take(store, "one")).ref == "r1"
    assert await box(store, "two").take(NOW) == "busy"
    assert (await take(store, "one")).ref == "r1"


async def test_an_empty_queue_releases_the_chat_at_once(store: Redis) -> None:
    await open_chat(store)

    assert await box(store, "one").take(NOW) == "empty"
    await queue(store, make_wish())
    assert (await take(store, "two")).ref == "r1"


async def test_a_reply_whose_hash_was_lost_does_not_stop_the_others(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish("r1"))
    await queue(store, make_wish("r2"))
    await store.delete(keys.reply(SELLER, "r1"))

    assert (await take(store)).ref == "r2"
    assert await store.zrange(keys.OUTBOX_WAITING, 0, -1) == [f"{SELLER}/r2".encode()]


async def test_an_attempt_begins_once_and_is_shown(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish())
    reply = await take(store)

    assert await box(store).begin(reply, "t1", NOW + 1)
    assert not await box(store).begin(reply, "t1", NOW + 2)
    assert not await box(store, "two").begin(reply, "t1", NOW + 2)

    assert await states(store) == ["queued", "sending"]
    taken = await take(store)
    assert (taken.first, taken.began, taken.tries) == (NOW + 1, NOW + 1, 1)
    assert taken.held == frozenset({"b1"})


async def test_a_worker_that_lost_the_chat_changes_nothing(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish())
    reply = await begin(store, "one")
    await store.delete(keys.lease(f"deliver:{SELLER}:{CHAT}"))
    await take(store, "two")

    assert not await box(store, "one").apply(reply, Transition("failed", Trouble("forbidden", NOW)), NOW)
    assert (await item(store))["state"] == "sending"


async def test_after_a_failed_reply_the_next_one_is_sent(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish("r1"))
    await queue(store, make_wish("r2"))
    reply = await begin(store)

    assert await box(store).apply(reply, Transition("failed", Trouble("not_paid", NOW, retryable=True)), NOW)

    shown = await item(store)
    assert (shown["state"], shown["code"], shown["retryable"]) == ("failed", "not_paid", True)
    assert "подписка" in shown["reason"]
    assert (await take(store)).ref == "r2"
    assert await store.zrange(keys.failed(SELLER, CHAT), 0, -1) == [b"r1"]
    assert 604_000 < await store.ttl(keys.reply(SELLER, "r1")) <= 604_800


async def test_message_and_reply_are_committed_atomically(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish())
    await begin(store)

    assert (await settle(store, "r1", "m1")).is_reply

    shown = await item(store)
    assert (shown["state"], shown["message_id"], shown["reason"]) == ("sent", "m1", None)
    message = (await thread(store))[-1]
    assert (message["id"], message["own"], message["source"]) == ("m1", {"operator": "olga"}, "reply")
    assert await store.zcard(keys.OUTBOX_WAITING) == 0
    assert await store.exists(keys.outbox(SELLER, CHAT), keys.to_deliver(SELLER)) == 0


async def test_an_echo_before_the_response_ends_the_reply(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish())
    await begin(store)

    done = await put(store, content={"text": " Да "})

    assert done.is_reply
    assert (await item(store))["message_id"] == "m1"
    message = (await thread(store))[-1]
    assert (message["own"], message["source"]) == ({"operator": "olga"}, "webhook")
    assert (await settle(store, "r1", "m1")).is_reply
    assert await states(store) == ["queued", "sending", "sent"]


@pytest.mark.parametrize(
    "message",
    [
        {"content": {"text": "Нет"}},
        {"content": {"text": "Да"}, "author": BUYER},
        {"content": {"text": "Да"}, "created": NOW - 901},
        {"type": "deleted", "content": {}},
    ],
    ids=["another text", "the buyer's", "much older", "deleted"],
)
async def test_a_message_that_does_not_match_ends_no_reply(store: Redis, message: dict[str, Any]) -> None:
    await open_chat(store)
    await queue(store, make_wish())
    await begin(store)

    assert not (await put(store, **message)).is_reply
    assert (await item(store))["state"] == "sending"
    assert (await thread(store))[-1]["own"] is None


async def test_a_message_held_before_the_first_attempt_does_not_match(store: Redis) -> None:
    await open_chat(store)
    await put(store, message_id="m0", content={"text": "Да"})
    await queue(store, make_wish())
    await begin(store)

    await put(store, message_id="m0", content={"text": "Да"}, asof=NOW)

    assert (await item(store))["state"] == "sending"


async def test_a_reply_that_was_never_attempted_is_not_matched_by_the_same_words(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish())

    assert not (await put(store, content={"text": "Да"})).is_reply
    assert (await item(store))["state"] == "queued"


async def test_an_unconfirmed_reply_that_waits_is_matched_by_a_late_echo(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish())
    reply = await begin(store)
    await box(store).apply(
        reply, Transition("queued", Trouble("unavailable", NOW), until=NOW + 60, unconfirmed=True), NOW
    )

    assert (await put(store, content={"text": "Да"})).is_reply
    assert await box(store).take(NOW) == "empty"


async def test_one_message_matches_one_of_two_equal_replies(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish("r1"))
    await queue(store, make_wish("r2"))
    await begin(store)
    await settle(store, "r1", "m1")
    await begin(store)

    assert not (await put(store, message_id="m1", content={"text": "Да"})).is_reply
    assert not (await settle(store, "r2", "m1", sure=False)).is_reply
    assert (await item(store, "r2"))["state"] == "sending"
    assert (await put(store, message_id="m2", content={"text": "Да"})).is_reply
    assert (await item(store, "r2"))["message_id"] == "m2"


async def test_avitos_response_corrects_a_match_with_another_message(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish())
    await begin(store)
    await put(store, message_id="app", content={"text": "Да"})

    await settle(store, "r1", "m1")

    assert (await item(store))["message_id"] == "m1"
    owners = {message["id"]: message["own"] for message in await thread(store)}
    assert owners == {"app": None, "b1": None, "m1": {"operator": "olga"}}


async def test_a_reply_that_was_sent_twice_is_ours_both_times(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish())
    await begin(store)
    await settle(store, "r1", "m1")

    await settle(store, "r1", "m2")

    assert (await item(store))["message_id"] == "m1"
    owners = {message["id"]: message["own"] for message in await thread(store)}
    assert owners == {"b1": None, "m1": {"operator": "olga"}, "m2": {"operator": "olga"}}


async def test_a_picture_is_matched_by_any_of_its_links(store: Redis) -> None:
    sizes = {"32x32": "https://a.example/p/7.jpg?x=1", "640x480": "https://b.example/q/7.jpg"}
    uploaded = make_message(author=SELLER, type="image", content={"image": {"sizes": sizes}})
    await open_chat(store)
    await queue(store, make_wish(text="", digest="d1"))
    reply = await take(store)
    assert await box(store).begin(reply, match_words(uploaded), NOW)

    other = {"image": {"sizes": {"32x32": "https://a.example/p/8.jpg"}}}
    assert not (await put(store, message_id="m0", type="image", content=other)).is_reply
    echoed = {"image": {"sizes": {"32x32": "https://c.example/p/7.jpg"}}}
    assert (await put(store, message_id="m1", type="image", content=echoed)).is_reply


async def test_a_reply_can_be_cancelled_until_it_is_being_sent(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish("r1"))
    await queue(store, make_wish("r2"))
    await begin(store)

    assert await press(store, "cancel", "r1") == "wrong"
    assert await press(store, "cancel", "r2") == "done"
    assert await press(store, "cancel", "r2") == "done"
    assert await press(store, "cancel", "r3") == "unknown"
    assert await states(store, "r2") == ["queued", "cancelled"]
    assert await refs(store) == [b"r1"]


async def test_a_cancelled_reply_is_soon_forgotten_and_its_text_at_once(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish("r1"))

    await press(store, "cancel", "r1")

    key = keys.reply(SELLER, "r1")
    assert 0 < await store.ttl(key) <= 3_600
    assert await store.execute_command("HGET", key, "text") == b""
    assert (await queue(store, make_wish("r1")))[0] == "known"


async def queued_unseen(store: Redis, ref: str, by: str) -> str:
    """Queue a reply from a screen that shows none of the others' replies."""
    verdict, _ = await queue(store, make_wish(ref, by=by, seen=1))
    return verdict


async def test_a_cancelled_reply_warns_no_colleague(store: Redis) -> None:
    await open_chat(store)
    assert await queued_unseen(store, "r1", "olga") == "queued"
    assert await queued_unseen(store, "r2", "vera") == "answered"

    await press(store, "cancel", "r1")

    assert await queued_unseen(store, "r2", "vera") == "queued"


async def test_the_reply_before_a_cancelled_one_still_counts(store: Redis) -> None:
    await open_chat(store)
    await queued_unseen(store, "r1", "olga")
    await queue(store, make_wish("r2", by="vera"))

    await press(store, "cancel", "r2")

    assert await queued_unseen(store, "r3", "vera") == "answered"
    assert await queued_unseen(store, "r4", "olga") == "queued"


async def test_after_an_older_reply_is_cancelled_the_newer_one_still_counts(store: Redis) -> None:
    await open_chat(store)
    await queued_unseen(store, "r1", "olga")
    await queue(store, make_wish("r2", by="vera"))

    await press(store, "cancel", "r1")

    assert await queued_unseen(store, "r3", "olga") == "answered"


async def begin_epoch(store: Redis, epoch: str) -> None:
    """A failover that lost the tail: numbers below those on the screens are used again."""
    await store.execute_command("HSET", keys.STATE, "epoch", epoch)


async def test_a_colleague_is_noticed_by_a_screen_of_an_earlier_epoch(store: Redis) -> None:
    await open_chat(store)
    await begin_epoch(store, "e2")
    await queue(store, make_wish("r1", by="olga"))

    verdict, who = await queue(store, make_wish("r2", by="vera", seen=1_000, epoch="e1"))

    assert (verdict, who) == ("answered", "olga")
    assert (await queue(store, make_wish("r3", by="vera", seen=1_000, epoch="e2")))[0] == "queued"


async def test_a_screen_of_this_epoch_has_seen_what_was_answered_before_it(store: Redis) -> None:
    await open_chat(store)
    await begin_epoch(store, "e1")
    await queue(store, make_wish("r1", by="olga"))
    await begin_epoch(store, "e2")

    assert (await queue(store, make_wish("r2", by="vera", seen=1, epoch="e2")))[0] == "queued"


async def test_a_mark_of_an_older_version_is_compared_by_its_number(store: Redis) -> None:
    await open_chat(store)
    await store.execute_command("HSET", keys.chat(SELLER, CHAT), "replied", '7 "olga"')

    assert (await queue(store, make_wish("r1", by="vera", seen=6)))[0] == "answered"
    assert (await queue(store, make_wish("r2", by="vera", seen=7, epoch="e9")))[0] == "queued"


async def test_an_unconfirmed_reply_counts_although_it_was_cancelled(store: Redis) -> None:
    await open_chat(store)
    await queued_unseen(store, "r1", "olga")
    reply = await begin(store)
    await box(store).apply(reply, Transition("failed", Trouble("bad_request", NOW), unconfirmed=True), NOW)

    await press(store, "cancel", "r1")

    assert await queued_unseen(store, "r2", "vera") == "answered"


async def test_a_failed_reply_can_be_retried_behind_the_others_or_dismissed(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish("r1"))
    await queue(store, make_wish("r2"))
    reply = await begin(store)
    await box(store).apply(reply, Transition("failed", Trouble("not_paid", NOW, retryable=True)), NOW)

    assert await press(store, "retry") == "done"
    assert await press(store, "retry") == "wrong"
    assert await refs(store) == [b"r2", b"r1"]
    assert await store.ttl(keys.reply(SELLER, "r1")) == -1
    shown = await item(store)
    assert (shown["state"], shown["code"], shown["since"]) == ("queued", None, None)


async def test_a_reply_that_cannot_work_can_only_be_dismissed(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish())
    reply = await begin(store)
    await box(store).apply(reply, Transition("failed", Trouble("bad_request", NOW)), NOW)

    assert await press(store, "retry") == "wrong"
    assert await press(store, "cancel") == "done"
    assert await store.zcard(keys.failed(SELLER, CHAT)) == 0
    assert await states(store) == ["queued", "sending", "failed", "cancelled"]


async def test_a_script_refuses_a_key_of_the_wrong_type_before_it_writes(store: Redis) -> None:
    await open_chat(store)
    await queue(store, make_wish())
    await begin(store)
    await store.set(keys.claims(SELLER, CHAT), "junk")

    with pytest.raises(Exception, match="WRONGTYPE"):
        await put(store, content={"text": "Да"})

    assert (await item(store))["state"] == "sending"
    assert len(await thread(store)) == 1
