"""Searching as the gateway does it, on a real Redis filled by the worker's code."""

import time
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from push_gateway.chats.search import results
from push_gateway.chats.search import search as finder_module
from push_gateway.chats.search.excerpts import Excerpt
from push_gateway.chats.search.index import Filter
from push_gateway.chats.search.results import SearchPage, SearchQuery
from push_gateway.chats.search.search import ChatSearch
from push_gateway.http.paging import ScoredMember
from shared.redis import keys
from tests.push_gateway.panel import write
from tests.support.forgetting import forget
from tests.worker.builders import SELLER, make_message
from tests.worker.fake_avito import FakeAvito, make_account
from worker.accounts.search_index import SearchIndexer
from worker.jobs import prune
from worker.messages.commit import Change, commit
from worker.messages.message import ChatFacts

pytestmark = pytest.mark.anyio
START = 1_000_000_000


async def indexed(redis: Redis) -> None:
    """Let the worker's indexer do all it has to do."""
    lease = keys.lease("watch")
    await redis.set(lease, "me")
    follower = SearchIndexer(make_account(redis, FakeAvito()), lease, "me", rest=0.0)
    while await follower.journal.look():
        pass


async def delete(redis: Redis, message_id: str, chat: str) -> None:
    gone = replace(
        make_message(message_id), chat_id=chat, type="deleted", content=b"{}", content_fp="", deleted=True
    )
    await commit(redis, Change(SELLER, chat, (gone,), "webhook"), time.time(), 200)


async def look(
    redis: Redis,
    finder: ChatSearch,
    query: str,
    kind: Filter = "all",
    *,
    after: ScoredMember | None = None,
    count: int = 50,
) -> SearchPage:
    return await results.page(redis, finder, SearchQuery(query, kind, after, count))


def ids(page: SearchPage) -> list[str]:
    return [entry.member.decode() for entry in page.entries]


async def test_a_word_of_an_older_message_is_found_in_any_form_and_shown(real_redis: Redis) -> None:
    finder = ChatSearch(real_redis)
    await write(real_redis, "m1", chat="c1", text="А велосипеды ещё есть?", created=START)
    await write(real_redis, "m2", chat="c1", text="Спасибо", created=START + 1)
    await write(real_redis, "m3", chat="c2", text="Здравствуйте", created=START + 2)
    await indexed(real_redis)

    page = await look(real_redis, finder, "ВЕЛОСИПЕДОМ")

    assert ids(page) == ["c1"]
    assert page.excerpts == {"c1": Excerpt("m1", START, "А ", "велосипеды", " ещё есть?")}


async def test_a_chat_found_by_its_name_alone_shows_no_message(real_redis: Redis) -> None:
    finder = ChatSearch(real_redis)
    await write(real_redis, "m1", chat="c1", text="Здравствуйте")
    facts = ChatFacts(1, time.time(), b'{"name":"\xd0\x92\xd0\xb5\xd1\x80\xd0\xb0"}', b"null", "fp")
    await commit(real_redis, Change(SELLER, "c1", (), "sweep", facts=facts), time.time(), 200)
    await indexed(real_redis)

    page = await look(real_redis, finder, "вера")

    assert (ids(page), page.excerpts) == (["c1"], {})


async def test_name_and_message_together_fit_a_query(real_redis: Redis) -> None:
    finder = ChatSearch(real_redis)
    for chat, name in (("c1", "Vera"), ("c2", "Oleg")):
        await write(real_redis, f"{chat}-m1", chat=chat, text="про скидку", created=START)
        await write(real_redis, f"{chat}-m2", chat=chat, text="до завтра", created=START + 1)
        facts = ChatFacts(1, time.time(), b'{"name":"%b"}' % name.encode(), b"null", name)
        await commit(real_redis, Change(SELLER, chat, (), "sweep", facts=facts), time.time(), 200)
    await indexed(real_redis)

    page = await look(real_redis, finder, "vera скидки")

    assert ids(page) == ["c1"]
    assert page.excerpts["c1"].message_id == "c1-m1"


async def test_a_deleted_message_is_not_found_even_before_the_index_knows(real_redis: Redis) -> None:
    finder = ChatSearch(real_redis)
    await write(real_redis, "m1", chat="c1", text="секретное слово", created=START)
    await write(real_redis, "m2", chat="c1", text="ой", created=START + 1)
    await indexed(real_redis)
    assert ids(await look(real_redis, finder, "секретное")) == ["c1"]

    await delete(real_redis, "m1", "c1")

    assert ids(await look(real_redis, finder, "секретное")) == []


async def test_the_last_message_is_found_before_the_index_knows(real_redis: Redis) -> None:
    finder = ChatSearch(real_redis)
    await write(real_redis, "m1", chat="c1", text="про самокат")

    page = await look(real_redis, finder, "самокаты")

    assert ids(page) == ["c1"]
    assert page.excerpts["c1"].word == "самокат"


@pytest.mark.parametrize("query", ["красный", "красный ст", "красный стул"])
async def test_a_chat_stays_found_while_the_next_word_is_being_typed(real_redis: Redis, query: str) -> None:
    finder = ChatSearch(real_redis)
    await write(real_redis, "m1", chat="c1", text="Красные есть?", created=START)
    await write(real_redis, "m2", chat="c1", text="А стул?", created=START + 1)
    await indexed(real_redis)

    assert ids(await look(real_redis, finder, query)) == ["c1"]


async def test_words_that_come_while_the_gateway_runs_are_found(real_redis: Redis) -> None:
    finder = ChatSearch(real_redis)
    await look(real_redis, finder, "первая")
    await write(real_redis, "m1", "m2", chat="c1", text="про самокат")
    await write(real_redis, "m3", chat="c1", text="спасибо", created=1_900_000_000)
    await look(real_redis, finder, "самокаты")
    await indexed(real_redis)

    assert ids(await look(real_redis, finder, "самокаты")) == ["c1"]


async def test_after_a_long_pause_chats_are_read_anew_and_their_words_are_not(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finder_module, "_MAX_EVENTS", 1)
    finder = ChatSearch(real_redis)
    for chat in ("stays", "goes"):
        await write(real_redis, f"{chat}-1", f"{chat}-2", chat=chat, text="про самокат")
    await indexed(real_redis)
    await look(real_redis, finder, "самокаты")

    await real_redis.delete(keys.search_words(SELLER), keys.chat(SELLER, "goes"))
    await real_redis.zrem(keys.chats(SELLER), "goes")
    await write(real_redis, "m3", "m4", "m5", chat="stays", text="спасибо", created=1_900_000_000)

    assert ids(await look(real_redis, finder, "самокаты")) == ["stays"]
    assert len(finder._index) == 1


async def test_a_pruned_chat_is_dropped_without_an_event(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "CHATS", 1)
    finder = ChatSearch(real_redis)
    for number, chat in enumerate(("goes", "stays")):
        await write(real_redis, f"{chat}-1", chat=chat, text="про самокат", created=time.time() + number)
    await indexed(real_redis)
    await look(real_redis, finder, "самокаты")

    await prune.prune(make_account(real_redis, FakeAvito()))
    await write(real_redis, "new-1", chat="new", text="другой самокат", created=time.time() + 2)

    assert ids(await look(real_redis, finder, "самокаты")) == ["new", "stays"]
    assert finder._index.chats() == {(SELLER, "new"), (SELLER, "stays")}


async def test_a_chat_that_is_being_erased_is_not_found(real_redis: Redis) -> None:
    finder = ChatSearch(real_redis)
    await write(real_redis, "m1", chat="c1", text="про самокат")
    facts = ChatFacts(1, time.time(), b'{"name":"Vera"}', b"null", "fp")
    await commit(real_redis, Change(SELLER, "c1", (), "sweep", facts=facts), time.time(), 200)
    assert ids(await look(real_redis, finder, "vera")) == ["c1"]

    await forget(real_redis, (SELLER, "c1"), time.time())

    assert ids(await look(real_redis, finder, "vera")) == []


async def test_pages_join_without_hole_or_overlap_though_some_candidates_fail(real_redis: Redis) -> None:
    finder = ChatSearch(real_redis)
    for number in range(9):
        await write(
            real_redis, f"a{number}", chat=f"c{number}", text="велосипед", created=START + number // 2
        )
        await write(real_redis, f"b{number}", chat=f"c{number}", text="да", created=START + 100 + number // 2)
    await indexed(real_redis)
    for number in (2, 3, 7):
        await delete(real_redis, f"a{number}", f"c{number}")

    pages, after = [], None
    while page := (await look(real_redis, finder, "велосипеды", after=after, count=2)).entries:
        pages.append([entry.member.decode() for entry in page])
        after = page[-1]

    assert pages == [["c8", "c6"], ["c5", "c4"], ["c1", "c0"]]


async def test_filters_go_with_the_search(real_redis: Redis) -> None:
    finder = ChatSearch(real_redis)
    for chat in ("waits", "answered"):
        await write(real_redis, f"{chat}-1", f"{chat}-2", chat=chat, text="велосипед", created=START)
    await write(real_redis, "out", chat="answered", author=SELLER, created=START + 9)
    await indexed(real_redis)

    assert ids(await look(real_redis, finder, "велосипеды", "unanswered")) == ["waits"]
    assert ids(await look(real_redis, finder, "велосипеды", "unread")) == ["waits"]


async def test_an_erased_chat_is_not_found(real_redis: Redis) -> None:
    finder = ChatSearch(real_redis)
    await write(real_redis, "m1", "m2", chat="c1", text="велосипед")
    await indexed(real_redis)
    assert ids(await look(real_redis, finder, "велосипеды")) == ["c1"]

    await forget(real_redis, (SELLER, "c1"), time.time())

    assert ids(await look(real_redis, finder, "велосипеды")) == []
