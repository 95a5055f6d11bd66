"""Lists of chats, threads and events over HTTP."""

import time
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from testbed import USERNAME, System
from tests.push_gateway.panel import PATH, Panel, write
from tests.push_gateway.shared_by_module import forget_chats, module_panel, module_system
from tests.worker.builders import SELLER
from worker.messages.commit import Change, commit
from worker.messages.message import ChatFacts

pytestmark = pytest.mark.anyio
system = module_system("gateway")
panel = module_panel()


@pytest.fixture(autouse=True)
async def only_own_chats(system: System, anyio_backend: str) -> None:
    async with system.redis as redis:
        await forget_chats(redis)


def ids(answer: dict[str, Any], of: str = "chats") -> list[str]:
    return [one["id"] for one in answer[of]]


async def walk(panel: Panel, path: str, of: str, **query: Any) -> list[list[str]]:
    """Follow `next` to the end; the ids of each page."""
    pages = []
    before: str | None = None
    while True:
        answer = await panel.get(path, **query, **({"before": before} if before else {}))
        pages.append(ids(answer, of))
        before = answer["next"]
        if before is None:
            return pages


async def enrich(redis: Redis, chat: str, buyer: str, title: str) -> None:
    facts = ChatFacts(
        1, time.time(), f'{{"name":"{buyer}"}}'.encode(), f'{{"title":"{title}"}}'.encode(), buyer
    )
    await commit(redis, Change(SELLER, chat, (), "sweep", facts=facts), time.time(), 200)


async def test_chats_come_newest_first_and_as_in_events(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as socket:
        await panel.catch_up(socket)
        await write(redis, "m1", chat="old", created=1_000_000_001)
        await write(redis, "m2", chat="new", created=1_000_000_003)
        seq = await write(redis, "m3", chat="middle", created=1_000_000_002)
        shown = [frame["chat"] for frame in [await socket.read_type("chat") for _ in range(3)]]

    answer = await panel.get("api/chats")

    assert ids(answer) == ["new", "middle", "old"]
    assert sorted(answer["chats"], key=lambda chat: chat["id"]) == sorted(shown, key=lambda chat: chat["id"])
    assert answer["seq"] == seq


async def test_pages_of_chats_join_without_hole_or_overlap_also_among_equals(
    system: System, panel: Panel
) -> None:
    async with system.redis as redis:
        for number in range(7):
            await write(redis, f"a{number}", chat=f"a{number}")
            await write(redis, f"b{number}", chat=f"b{number}", account=7)
        await write(redis, "late", chat="late", created=1_800_000_000)

    pages = await walk(panel, "api/chats", "chats", limit=4)

    assert [len(page) for page in pages] == [4, 4, 4, 3]
    assert pages[0][0] == "late"
    listed = [chat for page in pages for chat in page]
    assert len(listed) == len(set(listed)) == 15


async def test_filters_show_unread_and_longest_waiting_first(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        await write(redis, "m1", chat="waits long", created=1_000_000_001)
        await write(redis, "m2", chat="waits", created=1_000_000_002)
        await write(redis, "m3", chat="answered", created=1_000_000_003)
        await write(redis, "m4", chat="answered", created=1_000_000_004, author=SELLER)

    assert ids(await panel.get("api/chats", filter="unread")) == ["waits", "waits long"]
    assert ids(await panel.get("api/chats", filter="unanswered")) == ["waits long", "waits"]
    pages = await walk(panel, "api/chats", "chats", filter="unanswered", limit=1)
    assert pages == [["waits long"], ["waits"]]


async def test_chats_in_which_we_are_the_buyer_can_be_listed_or_left_out(
    system: System, panel: Panel
) -> None:
    ours = ChatFacts(1, time.time(), b"null", b"null", "a", buying=True)
    async with system.redis as redis:
        for number, chat in enumerate(("sold", "bought", "bought too")):
            await write(redis, chat, chat=chat, created=1_000_000_001 + number)
        for chat in ("bought", "bought too"):
            await commit(redis, Change(SELLER, chat, (), "sweep", facts=ours), time.time(), 200)

    assert await walk(panel, "api/chats", "chats", filter="buying", limit=1) == [["bought too"], ["bought"]]
    assert ids(await panel.get("api/chats", filter="selling")) == ["sold"]
    assert ids(await panel.get("api/chats", filter="buying", q="too")) == ["bought too"]
    assert ids(await panel.get("api/chats", filter="unanswered")) == ["sold"]
    assert ids(await panel.get("api/chats", filter="unread")) == ["bought too", "bought", "sold"]


async def test_own_and_unassigned_chats_can_be_listed(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        for number, chat in enumerate(("free", "mine", "mine too")):
            await write(redis, chat, chat=chat, created=1_000_000_001 + number)
    for chat in ("mine", "mine too"):
        taken = await panel.http.post(f"{PATH}api/chats/{chat}/owner", json={"owner": USERNAME, "was": None})
        assert taken.status_code == 202

    assert ids(await panel.get("api/chats", filter="free")) == ["free"]
    assert await walk(panel, "api/chats", "chats", filter="mine", limit=1) == [["mine too"], ["mine"]]
    assert ids(await panel.get("api/chats", filter="mine", q="text")) == ["mine too", "mine"]
    assert ids(await panel.get("api/chats", filter="free", q="text")) == ["free"]


async def test_a_search_tells_which_message_it_found(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        await write(redis, "m1", chat="c1", text="Ещё продаёте?")

    answer = await panel.get("api/chats", q="продаёте")

    found = {"message_id": "m1", "created": 1_757_403_725, "before": "Ещё ", "word": "продаёте", "after": "?"}
    assert answer["found"] == {"c1": found}


async def test_search_finds_names_items_and_last_messages_as_of_now(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        await write(redis, "m1", chat="c1", text="Ещё продаёте?", created=1_000_000_001)
        await write(redis, "m2", chat="c2", text="Здравствуйте", created=1_000_000_002)
        assert ids(await panel.get("api/chats", q="ПРОДАЕТЕ")) == ["c1"]
        assert ids(await panel.get("api/chats", q="нет такого")) == []

        await enrich(redis, "c2", "Ольга Петрова", "Велосипед горный")
        await write(redis, "m3", chat="c1", text="другое", created=1_000_000_003)

        assert ids(await panel.get("api/chats", q="ольга вело")) == ["c2"]
        assert ids(await panel.get("api/chats", q="продаёте")) == []
        assert ids(await panel.get("api/chats", q="о", filter="unread")) == ["c1", "c2"]
        assert await walk(panel, "api/chats", "chats", q="о", limit=1) == [["c1"], ["c2"]]


async def test_a_thread_comes_newest_page_first_each_oldest_to_newest(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        await write(redis, *(f"m{number}" for number in range(5)), chat="c/1 ?")
        await write(redis, "tie", chat="c/1 ?")

    pages = await walk(panel, "api/chats/c%2F1%20%3F/messages", "messages", limit=2)

    assert pages == [["m3", "m4"], ["m1", "m2"], ["m0", "tie"]]


async def test_a_message_is_the_same_in_thread_and_event(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as socket:
        await panel.catch_up(socket)
        seq = await write(redis, "m1")
        event = await socket.read_type("message")

    answer = await panel.get("api/chats/chat-1/messages")

    assert answer["messages"] == [event["message"]]
    assert (answer["outbox"], answer["next"], answer["seq"]) == ([], None, seq)


async def test_missed_events_can_be_polled(system: System, panel: Panel) -> None:
    start = await panel.get("api/events")
    assert (start["events"], start["recovered"]) == ([], False)
    async with system.redis as redis:
        seq = await write(redis, "m1", "m2")

    answer = await panel.get("api/events", epoch=start["epoch"], seq=start["seq"])

    assert [event["seq"] for event in answer["events"]] == list(range(start["seq"] + 1, seq + 1))
    assert (answer["seq"], answer["recovered"]) == (seq, True)
    again = await panel.get("api/events", epoch=answer["epoch"], seq=answer["seq"])
    assert (again["events"], again["seq"], again["recovered"]) == ([], seq, True)
    assert (answer["head"], again["head"]) == (seq, seq)


@pytest.mark.parametrize("place", [{"epoch": "other", "seq": 0}, {"seq": 0}, {"seq": 99}])
async def test_a_poll_from_a_foreign_position_is_not_recovered(
    system: System, panel: Panel, place: dict[str, Any]
) -> None:
    async with system.redis as redis:
        seq = await write(redis, "m1")

    answer = await panel.get("api/events", **place)

    assert (answer["events"], answer["seq"], answer["recovered"]) == ([], seq, False)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("api/chats?filter=theirs", 422, "bad_filter"),
        ("api/chats?limit=0", 422, "bad_limit"),
        ("api/chats?limit=101", 422, "bad_limit"),
        ("api/chats?limit=x", 422, "bad_limit"),
        ("api/chats?limit=-1", 422, "bad_limit"),
        ("api/chats?before=garbage", 422, "bad_cursor"),
        ("api/chats?before=%D1%8F", 422, "bad_cursor"),
        ("api/chats?before=W10", 422, "bad_cursor"),
        ("api/chats?before=bnVsbA", 422, "bad_cursor"),
        ("api/events?epoch=e&seq=x", 422, "bad_seq"),
        ("api/chats/unknown/messages", 404, "unknown_chat"),
        ("api/chats//messages", 404, "unknown_chat"),
        (f"api/chats/{'x' * 300}/messages", 404, "unknown_chat"),
        ("api/nothing", 404, "not_found"),
    ],
)
async def test_invalid_queries_get_a_clear_answer(panel: Panel, path: str, status: int, code: str) -> None:
    answer = await panel.http.get(PATH + path)

    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "login", "GET, HEAD, POST"),
        ("PUT", "api/chats/c/messages", "GET, HEAD, POST"),
        ("POST", "api/events", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_told_all_the_right_ones(
    panel: Panel, method: str, path: str, allowed: str
) -> None:
    answer = await panel.http.request(method, PATH + path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_an_extra_slash_redirects_to_no_other_scheme(panel: Panel) -> None:
    answer = await panel.http.get(f"{PATH}login/")

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["api/chats", "api/chats/c/messages", "api/events"])
async def test_without_a_session_nothing_is_read(system: System, path: str) -> None:
    async with Panel.at(system.url("gateway")) as stranger:
        answer = await stranger.http.get(PATH + path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_session")


async def test_chats_do_not_cost_more_round_trips_when_there_are_more(system: System, panel: Panel) -> None:
    async def commands() -> int:
        before = (await redis.info("commandstats")).get("cmdstat_zrevrangebyscore", {"calls": 0})["calls"]
        await panel.get("api/chats", limit=10)
        after = (await redis.info("commandstats"))["cmdstat_zrevrangebyscore"]["calls"]
        return int(after - before)

    async with system.redis as redis:
        for number in range(11):
            await write(redis, "m", chat=f"c{number}", created=1_000_000_000 + number)
        few = await commands()
        for number in range(300):
            await write(redis, "m", chat=f"d{number}", created=1_000_000_100 + number)

        assert await commands() == few


async def test_a_thread_whose_refresh_redis_refused_is_refreshed_when_it_is_opened_again(
    system: System, panel: Panel
) -> None:
    async with system.redis as redis:
        await write(redis, "m1", chat="refused")
        await redis.set(keys.REQUESTS_QUEUE, "no queue")
        await panel.get("api/chats/refused/messages")
        await redis.delete(keys.REQUESTS_QUEUE)

        for _ in range(2):
            await panel.get("api/chats/refused/messages")

        assert await redis.zcard(keys.REQUESTS_QUEUE) == 1
