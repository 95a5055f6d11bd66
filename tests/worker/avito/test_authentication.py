import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from shared.process.shutdown import cancel_and_wait
from shared.redis import keys
from testbed import until
from tests.worker.builders import SELLER
from worker.avito.authentication import TokenCache, useful_life
from worker.avito.errors import AvitoError, BadKeys, NotPaid, Unavailable
from worker.avito.rate_limit import OptionalRedis

pytestmark = pytest.mark.anyio


class Avito:
    """Gives tokens, counts them, and can be told to refuse or to wait."""

    def __init__(self, expires_in: Any = 86400) -> None:
        self.given = 0
        self.expires_in = expires_in
        self.refuses: Exception | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def fetch(self) -> dict[str, Any]:
        self.given += 1
        await self.may_answer.wait()
        if self.refuses:
            raise self.refuses
        return {"access_token": f"token-{self.given}", "expires_in": self.expires_in}


class Ticks:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def make_cache(
    redis: Any,
    avito: Avito,
    name: str = "one",
    ticks: Callable[[], float] | None = None,
    keys_mark: str = "",
) -> TokenCache:
    clock = ticks or Ticks()
    return TokenCache(OptionalRedis(redis, clock), SELLER, avito.fetch, clock, name, keys_mark)


async def test_a_token_is_fetched_once_and_shared_by_all_processes(store: Redis) -> None:
    avito = Avito()

    tokens = [await make_cache(store, avito, name).get() for name in ("one", "two", "one")]

    assert (tokens, avito.given) == (["token-1"] * 3, 1)


async def test_a_token_is_kept_a_little_shorter_than_it_lives(store: Redis) -> None:
    await make_cache(store, Avito(expires_in=86400)).get()

    assert 86_000 <= await store.ttl(keys.token(SELLER)) <= 86_100


async def test_two_processes_that_race_fetch_exactly_one(real_redis: Redis) -> None:
    avito = Avito()
    avito.may_answer.clear()
    racers = [make_cache(real_redis, avito, f"worker-{n}") for n in range(4)]
    races = [asyncio.create_task(racer.get()) for racer in racers for _ in range(5)]
    await until(lambda: avito.given)

    avito.may_answer.set()

    assert set(await asyncio.gather(*races)) == {"token-1"}
    assert avito.given == 1
    assert not await real_redis.exists(keys.lease(f"token:{SELLER}"))


async def test_when_the_fetching_process_fails_the_next_one_tries(real_redis: Redis) -> None:
    failing, well = Avito(), Avito()
    failing.refuses = Unavailable("token")
    failing.may_answer.clear()
    first = asyncio.create_task(make_cache(real_redis, failing, "one").get())
    await until(lambda: failing.given)
    second = asyncio.create_task(make_cache(real_redis, well, "two").get())

    failing.may_answer.set()

    assert await second == "token-1"
    with pytest.raises(Unavailable):
        await first


async def test_a_process_that_died_in_a_fetch_delays_the_others_only_briefly(real_redis: Redis) -> None:
    avito = Avito()
    avito.may_answer.clear()
    dies = asyncio.create_task(make_cache(real_redis, avito, "one").get())
    await until(lambda: avito.given == 1)

    left_ms = await real_redis.pttl(keys.lease(f"token:{SELLER}"))
    await cancel_and_wait(dies)

    assert 0 < left_ms <= 5_000


async def test_a_slow_fetch_of_a_token_keeps_its_lease(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.avito.authentication._LEASE_MS", 1_500)
    monkeypatch.setattr("worker.avito.authentication._RENEW_S", 0.1)
    avito = Avito()
    avito.may_answer.clear()
    slow = [asyncio.create_task(make_cache(real_redis, avito, name).get()) for name in ("one", "two")]

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(slow[1]), 2)
    avito.may_answer.set()

    assert (await asyncio.gather(*slow), avito.given) == (["token-1"] * 2, 1)


async def test_only_the_very_token_that_was_refused_is_replaced(store: Redis) -> None:
    avito = Avito()
    one, two = make_cache(store, avito, "one"), make_cache(store, avito, "two")
    old = await one.get()
    new = await two.replace(old)

    assert [await one.replace(old), await one.get(), avito.given] == [new, new, 2]


async def test_all_processes_together_replace_few_tokens_in_a_while(real_redis: Redis) -> None:
    avito = Avito()
    caches = [make_cache(real_redis, avito, f"worker-{number}") for number in range(4)]
    token = await caches[0].get()
    for cache in caches * 5:
        token = await cache.replace(token) or token

    assert avito.given == 4


async def test_a_refused_token_whose_successor_could_not_be_had_is_never_used_again(store: Redis) -> None:
    avito = Avito()
    one = make_cache(store, avito)
    old = await one.get()
    avito.refuses = Unavailable("token")
    with pytest.raises(Unavailable):
        await one.replace(old)

    avito.refuses = None

    assert await one.get() == "token-3"


async def test_a_refused_token_is_not_used_again_where_redis_did_not_hear_of_it(store: Redis) -> None:
    avito, ticks = Avito(), Ticks()
    one = make_cache(store, avito, ticks=ticks)
    old = await one.get()
    one.redis._try_again = ticks.now + 1  # it did not answer a moment ago
    avito.refuses = Unavailable("token")
    with pytest.raises(Unavailable):
        await one.replace(old)

    ticks.now += 2
    avito.refuses = None

    assert [await one.get(), await one.get()] == ["token-3"] * 2


@pytest.mark.parametrize("refusal", [BadKeys("token", status=401), NotPaid("token", status=402)])
async def test_refused_keys_are_not_tried_again_at_once_by_any_process(
    store: Redis, refusal: AvitoError
) -> None:
    avito = Avito()
    avito.refuses = refusal
    for name in ("one", "two", "one"):
        with pytest.raises(type(refusal)):
            await make_cache(store, avito, name).get()
    tried = avito.given

    avito.refuses = None
    (held,) = await store.keys(keys.lease("token_refused:*"))
    assert 25 < await store.ttl(held) <= 30
    await store.delete(held)

    assert (tried, await make_cache(store, avito).get()) == (1, "token-2")


async def test_corrected_keys_are_tried_at_once(store: Redis) -> None:
    avito = Avito()
    avito.refuses = BadKeys("token", status=401)
    with pytest.raises(BadKeys):
        await make_cache(store, avito, keys_mark="wrong").get()

    avito.refuses = None

    assert await make_cache(store, avito, keys_mark="right").get() == "token-2"


@pytest.mark.parametrize("refusal", [BadKeys("token", status=401), NotPaid("token", status=402)])
async def test_without_redis_refused_keys_are_not_tried_again_at_once(
    redis_away: Redis, refusal: AvitoError
) -> None:
    avito, ticks = Avito(), Ticks()
    avito.refuses = refusal
    one = make_cache(redis_away, avito, ticks=ticks)
    for _ in range(3):
        with pytest.raises(type(refusal)):
            await one.get()
    tried = avito.given

    avito.refuses = None
    ticks.now += 31

    assert (tried, await one.get()) == (1, "token-2")


async def test_without_redis_a_process_keeps_a_token_of_its_own_while_it_is_good(
    redis_away: Redis,
) -> None:
    avito, ticks = Avito(expires_in=1000), Ticks()
    one = make_cache(redis_away, avito, ticks=ticks)

    early = [await one.get(), await one.get()]
    ticks.now += 901
    late = await one.get()
    another = await one.replace(late)

    assert (early, late, another, await one.get()) == (["token-1"] * 2, "token-2", "token-3", "token-3")


@given(st.floats() | st.integers() | st.text() | st.none() | st.booleans())
def test_a_token_is_kept_for_a_sane_time_with_any_expires_in(expires_in: Any) -> None:
    assert 0 < useful_life(expires_in) <= 86_400


@pytest.mark.parametrize(
    ("expires_in", "kept"), [(86400, 86100), (100, 90), (1, 0.9), (0, 600), ("x", 600), (None, 600)]
)
def test_a_token_is_kept_with_a_margin(expires_in: Any, kept: float) -> None:
    assert useful_life(expires_in) == kept
