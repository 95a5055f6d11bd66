"""The cost of a search does not grow with the number of chats. Times are printed, not checked."""

import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from redis.asyncio import Redis

from push_gateway.chats.search import results
from push_gateway.chats.search.results import SearchQuery
from push_gateway.chats.search.search import ChatSearch
from shared.redis import keys, lua
from tests.worker.builders import SELLER
from tests.worker.fake_avito import FakeAvito, make_account
from worker.accounts.search_index import SearchIndexer
from worker.messages import commit
from worker.messages.commit import Change
from worker.messages.reading import read_message

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
CHATS = 5_000
RARE = 4_321
AT_ONCE = 250
START = 1_000_000_000
SAID = ("Здравствуйте, велосипеды ещё продаёте?", "А скидки бывают?", "Спасибо, подумаю до завтра")


def changes() -> Iterator[Change]:
    """Write 5,000 chats of three messages; one message has a unique word."""
    for number in range(CHATS):
        chat = f"chat-{number:04d}"
        said = (*SAID[:1], "Есть ли барометр?", *SAID[2:]) if number == RARE else SAID
        messages = tuple(
            read_message(
                {"id": f"{chat}-{at}", "author_id": 1, "created": START + number, "content": {"text": text}},
                SELLER,
                chat,
            )
            for at, text in enumerate(said)
        )
        yield Change(SELLER, chat, messages, "webhook", quiet=True)


async def fill(redis: Redis) -> None:
    await redis.execute_command("SADD", keys.ACCOUNTS, SELLER)
    await redis.script_load(lua.load("commit").text)
    waiting = list(changes())
    for start in range(0, CHATS, AT_ONCE):
        async with redis.pipeline(transaction=False) as pipe:
            for change in waiting[start : start + AT_ONCE]:
                pipe.execute_command(*commit.command(change, time.time(), 200))
            await pipe.execute()


async def index(redis: Redis) -> None:
    await redis.set(keys.lease("watch"), "me")
    follower = SearchIndexer(make_account(redis, FakeAvito()), keys.lease("watch"), "me", rest=0.0)
    while await follower.journal.look():
        pass


def report(line: str) -> None:
    sys.stdout.write(f"\n{line}")


async def commands(redis: Redis) -> int:
    stats: Any = await redis.info("commandstats")
    return sum(int(one["calls"]) for name, one in stats.items() if name != "cmdstat_info")


async def search(redis: Redis, finder: ChatSearch, query: str) -> tuple[int, int]:
    """Return how many chats are shown, and how many commands that took."""
    before, began = await commands(redis), time.perf_counter()
    page = await results.page(redis, finder, SearchQuery(query, "all", None, 50))
    took = time.perf_counter() - began
    report(f"{query!r} in {CHATS:,} chats: {len(page.entries)} shown in {took * 1000:.0f} ms")
    assert len(page.excerpts) == len(page.entries)
    return len(page.entries), await commands(redis) - before


async def test_a_search_costs_what_it_shows_not_what_there_is(real_redis: Redis) -> None:
    await fill(real_redis)
    began = time.perf_counter()
    await index(real_redis)
    report(f"the words of {CHATS:,} chats: {time.perf_counter() - began:.1f} s of work")
    finder = ChatSearch(real_redis)
    await search(real_redis, finder, "самое первое")

    nothing = await search(real_redis, finder, "самокат")
    one = await search(real_redis, finder, "барометром")
    page = await search(real_redis, finder, "велосипеду скидка")

    assert nothing == (0, 5)
    assert one == (1, 7)
    assert page == (50, 105)
