"""An automatic answer on its way: once at most, and not at all when it is wanted no more."""

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from shared.redis import keys
from testbed import RedisServer
from tests.support.emptied import emptied
from tests.worker.builders import CHAT, SELLER
from tests.worker.outbox.moody_avito import MOODS, Mood, MoodyAvito, deliver_all, run
from tests.worker.outbox.replies import item, make_wish, open_chat, queue, states, thread
from worker.outbox.automatic import MOST_AGE_S

pytestmark = pytest.mark.anyio
TEXT = "Ответим утром"


async def begin(redis: Redis, *moods: Mood) -> MoodyAvito:
    await open_chat(redis)
    await queue(redis, make_wish("auto-1", TEXT, by=None))
    return MoodyAvito(redis, list(moods))


def said(avito: MoodyAvito) -> list[str]:
    return [orjson.loads(message.content)["text"] for message in avito.truth]


async def test_it_is_sent_and_shown_as_automatic(store: Redis) -> None:
    avito = await begin(store)
    await deliver_all(avito)

    assert said(avito) == [TEXT]
    assert (await thread(store))[-1]["own"] == {"operator": None, "automatic": True}


async def test_one_that_could_not_leave_for_ten_minutes_is_left_out(store: Redis) -> None:
    for_ever: list[Mood] = ["unreachable"] * 500
    avito = await begin(store, *for_ever)
    begun = avito.now
    await deliver_all(avito)

    assert said(avito) == []
    assert (await item(store, "auto-1"))["state"] == "cancelled"
    assert avito.now - begun < MOST_AGE_S + 120
    assert not await store.exists(keys.OUTBOX_WAITING, keys.outbox(SELLER, CHAT))


async def test_a_person_who_answers_meanwhile_makes_it_needless(store: Redis) -> None:
    avito = await begin(store, "unreachable")
    await queue(store, make_wish("r1", "Да, продаю"))
    await deliver_all(avito)

    assert said(avito) == ["Да, продаю"]
    assert await states(store, "auto-1") == ["queued", "cancelled"]


async def test_an_answer_in_avitos_app_makes_it_needless_too(store: Redis) -> None:
    avito = await begin(store)
    await avito.write_in_app("Да, продаю", webhook=True)
    await deliver_all(avito)

    assert said(avito) == ["Да, продаю"]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(MOODS), max_size=10), st.sampled_from([0.0, 0.9, 2.5]), st.floats(0, 1))
def test_through_everything_that_goes_wrong_it_is_sent_at_most_once(
    redis_server: RedisServer, moods: list[Mood], lag_s: float, chance: float
) -> None:
    async def story() -> None:
        async with emptied(redis_server) as redis:
            avito = await begin(redis, *moods)
            avito.lag_s = lag_s
            await deliver_all(avito, chance)

            state = (await item(redis, "auto-1"))["state"]
            assert (state, said(avito)) in (("sent", [TEXT]), ("failed", []))
            assert await redis.zscore(keys.unanswered(SELLER), CHAT) is not None

    run(story)
