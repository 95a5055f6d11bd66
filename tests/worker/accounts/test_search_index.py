"""The words of held messages follow the read model, on a real Redis."""

import time
from dataclasses import replace

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.lease import LostLeaseError
from shared.redis.lua import scripts
from shared.search_words import query_words, read_codes
from tests.support.forgetting import forget
from tests.support.rewind import hold, rewind
from tests.worker.builders import SELLER, make_message
from tests.worker.fake_avito import FakeAvito, make_account
from worker.accounts.search_index import SearchIndexer
from worker.jobs import prune
from worker.messages.commit import Change, commit

pytestmark = pytest.mark.anyio
LEASE = keys.lease("watch")


async def make_indexer(redis: Redis, owner: str = "me") -> SearchIndexer:
    await redis.set(LEASE, "me")
    return SearchIndexer(make_account(redis, FakeAvito()), LEASE, owner, rest=0.0)


async def write(redis: Redis, message_id: str, text: str, chat: str = "c1", **more: object) -> None:
    message = replace(make_message(message_id, content={"text": text}), chat_id=chat, **more)  # type: ignore[arg-type]  # a test's own words
    await commit(redis, Change(SELLER, chat, (message,), "webhook"), time.time(), 200)


async def found(redis: Redis, query: str) -> set[str]:
    """Return the chats whose kept words hold the query."""
    (word,) = query_words(query)
    kept = await redis.execute_command("HGETALL", keys.search_words(SELLER))
    return {chat.decode() for chat, codes in kept.items() if word.may_be_in(read_codes(codes))}


async def changes(redis: Redis) -> dict[str, float]:
    rows = await redis.zrange(keys.search_words_changed(SELLER), 0, -1, withscores=True)
    return {chat.decode(): number for chat, number in rows}


async def test_messages_held_before_and_messages_that_come_later_are_indexed(real_redis: Redis) -> None:
    follower = await make_indexer(real_redis)
    await write(real_redis, "m1", "Есть велосипеды?")
    await follower.journal.look()
    await write(real_redis, "m2", "А скидки?")
    await write(real_redis, "m3", "велосипед", chat="c2")
    await follower.journal.look()

    assert await found(real_redis, "велосипедом") == {"c1", "c2"}
    assert await found(real_redis, "скидку") == {"c1"}


async def test_without_events_nothing_is_read_or_written(real_redis: Redis) -> None:
    follower = await make_indexer(real_redis)
    await write(real_redis, "m1", "велосипед")
    await follower.journal.look()
    before = await changes(real_redis)

    assert await follower.journal.look() is False
    assert await changes(real_redis) == before


async def test_a_change_is_numbered_so_that_gateways_read_only_what_is_new(real_redis: Redis) -> None:
    follower = await make_indexer(real_redis)
    await write(real_redis, "m1", "велосипед", chat="c1")
    await write(real_redis, "m2", "велосипед", chat="c2")
    await follower.journal.look()
    before = await changes(real_redis)
    await write(real_redis, "m3", "скидка", chat="c1")
    await write(real_redis, "m4", "велосипеды", chat="c2")
    await follower.journal.look()
    after = await changes(real_redis)

    assert after["c1"] > max(before.values())
    assert after["c2"] == before["c2"]


async def test_deleted_words_leave_the_index(real_redis: Redis) -> None:
    follower = await make_indexer(real_redis)
    await write(real_redis, "m1", "велосипед")
    await write(real_redis, "m2", "скидка")
    await follower.journal.look()
    await write(real_redis, "m1", "", type="deleted", content=b"{}", content_fp="", deleted=True)
    await follower.journal.look()

    assert await found(real_redis, "велосипед") == set()
    assert await found(real_redis, "скидка") == {"c1"}


async def test_after_a_failover_the_index_has_what_the_threads_have(real_redis: Redis) -> None:
    follower = await make_indexer(real_redis)
    await write(real_redis, "m1", "велосипед")
    await follower.journal.look()
    kept = await hold(real_redis)
    await write(real_redis, "m2", "скидка")
    await follower.journal.look()
    await rewind(real_redis, kept)
    await write(real_redis, "m3", "торг", chat="c2")
    await follower.journal.look()

    assert await found(real_redis, "велосипед") == {"c1"}
    assert await found(real_redis, "скидка") == set()
    assert await found(real_redis, "торг") == {"c2"}


async def test_after_the_journal_was_cut_every_chat_is_read_again(real_redis: Redis) -> None:
    follower = await make_indexer(real_redis)
    await write(real_redis, "m1", "велосипед")
    await follower.journal.look()
    await write(real_redis, "m2", "скидка")
    await write(real_redis, "m3", "торг", chat="c2")
    await real_redis.xtrim(keys.JOURNAL, maxlen=1, approximate=False)
    await follower.journal.look()

    assert await found(real_redis, "скидка") == {"c1"}


async def test_many_events_are_followed_in_parts(real_redis: Redis) -> None:
    follower = await make_indexer(real_redis)
    follower.journal.max_events = 2
    await follower.journal.look()
    for number in range(5):
        await write(real_redis, f"m{number}", "велосипед", chat=f"c{number}")
    while await follower.journal.look():
        pass

    assert await found(real_redis, "велосипед") == {f"c{number}" for number in range(5)}


async def test_a_worker_that_lost_the_lease_writes_nothing_and_moves_no_position(
    real_redis: Redis,
) -> None:
    stranger, follower = await make_indexer(real_redis, "another"), await make_indexer(real_redis)
    await write(real_redis, "m1", "велосипед")
    with pytest.raises(LostLeaseError):
        await stranger.journal.look()
    assert await found(real_redis, "велосипед") == set()

    await follower.journal.look()

    assert await found(real_redis, "велосипед") == {"c1"}


async def test_a_chat_that_is_forgotten_on_request_leaves_no_words(real_redis: Redis) -> None:
    follower = await make_indexer(real_redis)
    await real_redis.execute_command("SADD", keys.ACCOUNTS, SELLER)
    await write(real_redis, "m1", "велосипед", chat="c1")
    await write(real_redis, "m2", "велосипед", chat="other")
    await follower.journal.look()
    await forget(real_redis, (SELLER, "c1"), time.time())

    assert await found(real_redis, "велосипед") == {"other"}
    assert set(await changes(real_redis)) == {"other"}


async def test_words_read_before_a_chat_was_forgotten_are_not_written_after(real_redis: Redis) -> None:
    follower = await make_indexer(real_redis)
    await real_redis.execute_command("SADD", keys.ACCOUNTS, SELLER)
    await write(real_redis, "m1", "велосипед")
    await follower.journal.look()
    await forget(real_redis, (SELLER, "c1"), time.time())
    late = scripts.record_search_words(
        account_id=SELLER, chat_id="c1", lease_key=LEASE, owner="me", words=b"12345678"
    )
    await late.run(real_redis)

    assert await real_redis.execute_command("HGETALL", keys.search_words(SELLER)) == {}


async def test_a_chat_that_is_pruned_leaves_no_words(real_redis: Redis) -> None:
    follower = await make_indexer(real_redis)
    avito = FakeAvito()
    await write(real_redis, "m1", "велосипед", created=avito.clock() - 200 * prune.DAY_S)
    await follower.journal.look()
    await prune.prune(make_account(real_redis, avito))

    assert await found(real_redis, "велосипед") == set()
    assert await changes(real_redis) == {}


async def test_events_of_other_accounts_and_kinds_are_skipped(real_redis: Redis) -> None:
    follower = await make_indexer(real_redis)
    await follower.journal.look()
    for number, event in enumerate(
        ({"type": "mode"}, {"type": "message", "account_id": 7, "chat_id": "x"}), 1
    ):
        await real_redis.execute_command("HSET", keys.STATE, "seq", number)
        await real_redis.xadd(keys.JOURNAL, {"e": orjson.dumps(event)}, id=f"{number}-0")
    await follower.journal.look()

    assert await follower.journal.look() is False
    assert await changes(real_redis) == {}
