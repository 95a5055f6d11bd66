import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import httpx2
import pytest

from avito_simulator.app import create_app
from avito_simulator.demo.live import Demo, DemoTiming
from avito_simulator.demo.stories import small_talk, stories
from avito_simulator.media.pictures import drawings
from avito_simulator.settings import Settings
from avito_simulator.simulator import Simulator
from tests.scripts.avito_simulator.conftest import BASE, Clock, grant
from tests.scripts.avito_simulator.receiver import until
from tests.scripts.avito_simulator.test_control import ALL_TYPES

pytestmark = pytest.mark.anyio

NEVER = (9_999.0, 9_999.0)
AT_ONCE = (0.0, 0.0)
SILENT = DemoTiming(between=NEVER, opening=NEVER, reading=AT_ONCE, answering=AT_ONCE, answers=1)
QUICK = DemoTiming(between=AT_ONCE, opening=AT_ONCE, deleting=AT_ONCE, patience=150, away=NEVER)


def told(seed: int = 1) -> Simulator:
    sim = Simulator(Settings(seed=seed, public_url=BASE), Clock())
    Demo(sim, Random(seed)).cast.tell_histories()
    return sim


def spoken(sim: Simulator) -> list[tuple[str, str, int]]:
    return [(one.chat_id, one.id, one.created) for one in sim.world.messages()]


@asynccontextmanager
async def playing(pace: DemoTiming) -> AsyncIterator[tuple[Simulator, Demo, httpx2.AsyncClient]]:
    sim = Simulator(Settings(public_url=BASE), Clock())
    demo = Demo(sim, Random(1), pace)
    app = create_app(sim, demo)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=BASE) as http,
    ):
        await until(lambda: bool(demo.cast.places))
        yield sim, demo, http


def test_the_same_seed_tells_the_same_histories() -> None:
    assert spoken(told()) == spoken(told())
    assert spoken(told()) != spoken(told(seed=2))


def test_several_buyers_have_written_within_the_last_days() -> None:
    sim = told()
    newest = [sim.world.last(chat_id) for chat_id in sim.world.chats]

    assert len(sim.world.chats) >= 8
    assert all(0 < sim.now() - last.created < 4 * 86_400 for last in newest if last)


def test_some_chats_wait_for_an_answer_and_others_do_not() -> None:
    sim = told()
    waiting = [chat_id for chat_id in sim.world.chats if sim.world.unread(chat_id)]

    assert 2 <= len(waiting) < len(sim.world.chats) - 2


def test_every_item_has_a_drawing_and_a_price_as_avito_prints_it() -> None:
    items = [chat.item for chat in told().world.chats.values() if chat.item and chat.item.id]

    assert all(item.picture in drawings() for item in items if item.picture)
    assert all(item.price and item.price.endswith("\u00a0₽") for item in items)
    assert all(" " not in item.price for item in items if item.price)


def test_the_stories_hold_every_type_of_message_and_one_that_no_list_names() -> None:
    lines = [line for story in stories().values() for line in (*story.history, *story.next)]
    types = {line.type or ("system" if line.by in ("system", "bot") else "text") for line in lines}
    deleted = {"deleted"} if any(line.deleted for line in lines) else set()

    assert types | deleted == {*ALL_TYPES, "sticker"}


def test_the_demo_has_what_is_odd_about_real_accounts() -> None:
    world = told().world
    threads = {chat_id: world.thread(chat_id) for chat_id in world.chats}
    items = [chat.item for chat in world.chats.values() if chat.item]
    theirs = [one for thread in threads.values() for one in thread if one.author_id != world.account_id]
    said_by_avito = [one for one in theirs if one.content.get("text", "").startswith("[Системное сообщение]")]

    assert {0, world.account_id} < {0 if not item.id else item.user_id or world.account_id for item in items}
    assert {one.type for one in said_by_avito} == {"text", "system"}
    assert any({one.type for one in thread} == {"call", "appCall"} for thread in threads.values())


def test_a_deleted_line_of_a_history_is_deleted() -> None:
    assert "deleted" in {message.type for message in told().world.messages()}


async def test_everyone_has_written_in_the_end_and_then_buyers_wait() -> None:
    async with playing(QUICK) as (sim, demo, _):
        expected = len(told().world.messages()) + QUICK.patience

        await until(lambda: len(sim.world.messages()) == expected)

        assert (demo.cast.newcomers(), demo.cast.ready()) == ([], [])
        assert {place.story for place in demo.cast.places.values()} == set(stories())


async def test_the_first_buyers_write_as_soon_as_the_api_is_called() -> None:
    opening = DemoTiming(between=NEVER, opening=AT_ONCE, opening_lines=3)
    async with playing(opening) as (sim, _, http):
        past = len(sim.world.messages())
        assert not sim.called.is_set()

        await http.post("/token", data=grant())

        await until(lambda: len(sim.world.messages()) == past + 3)


async def test_the_operator_is_read_and_answered_by_the_story() -> None:
    async with playing(SILENT) as (sim, demo, _):
        chat_id = next(iter(demo.cast.places))
        sent = sim.send(chat_id, "text", {"text": "Хорошо, 17 000"})

        await until(lambda: sim.world.thread(chat_id)[0].id != sent.id)

        answer = stories()["bicycle"].answers[0].text
        assert sim.world.thread(chat_id)[0].content == {"text": answer}
        assert sim.world.message(chat_id, sent.id).read is not None


async def test_answers_go_on_when_the_story_has_run_out() -> None:
    async with playing(SILENT) as (sim, demo, _):
        chat_id = next(iter(demo.cast.places))
        for _line in stories()["bicycle"].answers:
            demo.cast.answer_line(chat_id)
        sent = sim.send(chat_id, "text", {"text": "Жду вас завтра"})

        await until(lambda: sim.world.thread(chat_id)[0].id != sent.id)

        assert sim.world.thread(chat_id)[0].content["text"] in small_talk().fitting("завтра")


async def test_a_blocked_buyer_answers_no_more() -> None:
    async with playing(SILENT) as (sim, demo, _):
        chat_id = next(iter(demo.cast.places))
        sim.world.block(sim.world.chat(chat_id).buyer.id, 1)
        sent = sim.send(chat_id, "text", {"text": "Алло?"})

        await until(lambda: sim.world.message(chat_id, sent.id).read is not None)
        for _ in range(20):
            await asyncio.sleep(0)

        assert sim.world.thread(chat_id)[0].id == sent.id


async def test_the_demos_pictures_can_all_be_fetched() -> None:
    async with playing(SILENT) as (sim, _, http):
        links = {
            link
            for message in sim.world.messages()
            for link in _links(message.content)
            if link.startswith(BASE)
        }

        assert links
        for link in links:
            assert (await http.get(link)).status_code == 200


def _links(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [link for value in node.values() for link in _links(value)]
    return [node] if isinstance(node, str) and node.startswith("http") else []
