"""An automatic answer in the thread is shown as such and answers no question, in any order of arrival."""

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from shared.redis import keys
from shared.redis.lua.scripts import CommitReply
from testbed import RedisServer
from tests.support.emptied import emptied
from tests.worker.builders import BUYER, CHAT, SELLER, make_message
from tests.worker.outbox.replies import NOW, make_wish, open_chat, queue
from worker.messages.commit import Change, commit
from worker.messages.match import text_word
from worker.messages.message import Message
from worker.outbox.box import Box
from worker.outbox.reply import Reply

pytestmark = pytest.mark.anyio
AUTOMATIC = {"operator": None, "automatic": True}
TEXT = "Ответим утром"


async def begin(redis: Redis) -> None:
    """The automatic answer is on its way."""
    await queue(redis, make_wish(by=None, text=TEXT))
    box = Box(redis, SELLER, CHAT, "one")
    reply = await box.take(NOW)
    assert isinstance(reply, Reply)
    assert await box.begin(reply, text_word(TEXT), NOW)


def own(message_id: str = "a1", text: str = TEXT, created: float = NOW, asof: float = 0.0) -> Message:
    return make_message(message_id, author=SELLER, created=created, content={"text": text}, asof=asof)


async def put(redis: Redis, message: Message, source: Any = "webhook", **more: Any) -> CommitReply:
    return await commit(redis, Change(SELLER, CHAT, (message,), source, **more), NOW, 200)


async def chat(redis: Redis) -> dict[str, Any]:
    return dict(orjson.loads(await redis.execute_command("HGET", keys.chat(SELLER, CHAT), "json")))


async def shown(redis: Redis, message_id: str = "a1") -> Any:
    value = await redis.execute_command("HGET", keys.messages(SELLER, CHAT), message_id)
    return orjson.loads(value.partition(b"\n")[2])["own"]


async def waits(redis: Redis) -> tuple[int, float | None]:
    told = await chat(redis)
    return told["unread"], told["unanswered_since"]


async def test_it_is_marked_and_the_question_stays_unread_and_unanswered(store: Redis) -> None:
    await open_chat(store)
    await begin(store)

    done = await put(store, own(), "reply", reply="r1", sure=True)

    assert (done.is_reply, done.waited) == (True, None)
    assert await shown(store) == AUTOMATIC
    assert await waits(store) == (1, NOW - 60)


async def test_its_echo_is_known_before_its_answer(store: Redis) -> None:
    await open_chat(store)
    await begin(store)

    await put(store, own())
    await put(store, own(), "reply", reply="r1", sure=True)
    await put(store, own(text="Ответим утром.", asof=90.0), "sweep")

    assert await shown(store) == AUTOMATIC
    assert await waits(store) == (1, NOW - 60)


async def test_the_next_question_rings(store: Redis) -> None:
    await open_chat(store)
    await begin(store)
    await put(store, own(), "reply", reply="r1", sure=True)

    await put(store, make_message("b2", created=NOW + 5))

    events = [orjson.loads(fields[b"e"]) for _, fields in await store.xrange(keys.JOURNAL)]
    assert (events[-1]["type"], events[-1]["ring"]) == ("message", True)


async def test_a_person_ends_the_waiting_before_or_after_it(store: Redis) -> None:
    await open_chat(store)
    await begin(store)
    await put(store, own(), "reply", reply="r1", sure=True)
    done = await put(store, own("p1", "Да, продаю", created=NOW + 60))

    assert done.waited == 120
    assert await waits(store) == (0, None)


async def test_taken_for_an_answer_at_first_it_gives_everything_back(store: Redis) -> None:
    await open_chat(store)
    await put(store, own("p0", "Раньше", created=NOW - 90))
    await put(store, own(text="Avito changed the words"))
    assert await waits(store) == (0, None)
    await begin(store)

    await put(store, own(), "reply", reply="r1", sure=True)

    assert await shown(store) == AUTOMATIC
    assert await waits(store) == (1, NOW - 60)


async def test_what_was_taken_for_it_wrongly_is_an_answer_after_all(store: Redis) -> None:
    await open_chat(store)
    await begin(store)
    await put(store, own("p1"))
    assert await waits(store) == (1, NOW - 60)

    await put(store, own("a1", created=NOW + 1), "reply", reply="r1", sure=True)

    assert (await shown(store, "p1"), await shown(store)) == (None, AUTOMATIC)
    assert await waits(store) == (0, None)


async def test_deleted_it_still_answers_nobody(store: Redis) -> None:
    await open_chat(store)
    await begin(store)
    await put(store, own(), "reply", reply="r1", sure=True)

    await put(store, make_message("a1", author=SELLER, created=NOW, type="deleted", content={}))

    assert await waits(store) == (1, NOW - 60)


def told(form: str) -> tuple[Message, dict[str, Any]]:
    """One of the reports of an evening, and how it is committed."""
    reports: dict[str, tuple[Message, dict[str, Any]]] = {
        "echo": (own(), {}),
        "answer": (own(), {"source": "reply", "reply": "r1", "sure": True}),
        "sweep": (own(asof=90.0), {"source": "sweep"}),
        "question": (make_message("b2", created=NOW + 5), {}),
        "earlier answer": (own("p0", "Раньше", created=NOW - 90), {}),
        "bot": (
            make_message("x1", created=NOW + 1, author=SELLER, content={"text": "-", "flow_id": "f"}),
            {},
        ),
        "question before": (replace(make_message("b0", created=NOW - 100), author_id=BUYER), {}),
    }
    return reports[form]


FORMS = ["echo", "answer", "sweep", "question", "earlier answer", "bot", "question before"]


async def _after(redis_server: RedisServer, forms: list[str]) -> tuple[Any, tuple[int, float | None]]:
    async with emptied(redis_server) as redis:
        await open_chat(redis)
        await begin(redis)
        for form in forms:
            message, more = told(form)
            await put(redis, message, **more)
        return await shown(redis), await waits(redis)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(FORMS), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_reports_does_not_matter(
    redis_server: RedisServer, forms: list[str], chance: Any
) -> None:
    every = [*forms, "answer"]
    shuffled = every[:]
    chance.shuffle(shuffled)

    assert asyncio.run(_after(redis_server, shuffled)) == asyncio.run(_after(redis_server, every))
    assert asyncio.run(_after(redis_server, shuffled))[0] == AUTOMATIC
