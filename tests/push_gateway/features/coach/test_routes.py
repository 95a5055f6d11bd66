"""The coach over HTTP."""

import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from redis.asyncio import Redis

from push_gateway.features.coach.repository import WAITING_SHOWN
from shared.redis import keys
from shared.wires import first_answers
from testbed import System
from tests.push_gateway.panel import PATH, Panel, write
from tests.push_gateway.shared_by_module import module_panel, module_system
from tests.worker.builders import SELLER

pytestmark = pytest.mark.anyio
ALWAYS: dict[str, Any] = {
    "zone": "Europe/Moscow",
    "days": [["00:00", "00:00"]] * 7,
    "automatic": {"enabled": False, "text": "Ответим утром"},
}
NOON = datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("Europe/Moscow")).timestamp()
system = module_system("gateway")
owner = module_panel()


@pytest.fixture
async def redis(system: System) -> AsyncIterator[Redis]:
    """Its Redis, without a setting or an answer."""
    async with system.redis as client:
        await client.delete(keys.WORKING_HOURS, keys.first_answers(SELLER), keys.first_answer_times(SELLER))
        yield client


async def answered(redis: Redis, name: str, begin: float, seconds: float, by: str | None = "olga") -> None:
    """Write a first answer down as a worker does."""
    await redis.execute_command("SADD", keys.ACCOUNTS, SELLER)
    value = first_answers.write(begin, begin + seconds, by)
    await redis.execute_command("HSET", keys.first_answers(SELLER), f"chat {name}", value)
    await redis.execute_command("ZADD", keys.first_answer_times(SELLER), begin, f"chat {name}")


async def test_operators_read_the_coach_and_strangers_do_not(owner: Panel, redis: Redis) -> None:
    password = "amber-Kettle-90"
    made = await owner.post("owner/operators", name="vera", password=password, role="operator")
    assert made.status_code == 201
    async with Panel.at(owner.base) as vera, Panel.at(owner.base) as stranger:
        await vera.log_in("vera", password)

        assert (await vera.http.get(f"{PATH}coach")).status_code == 200
        assert (await vera.get("api/coach"))["total"]["count"] == 0
        assert (await stranger.http.get(f"{PATH}api/coach")).status_code == 401
        assert (await stranger.http.get(f"{PATH}coach")).headers["location"] == f"{PATH}login"


async def test_answers_are_reported_by_day_and_operator_and_as_csv(owner: Panel, redis: Redis) -> None:
    await answered(redis, "m1", NOON, 100)
    await answered(redis, "m2", NOON + 10, 500, "vera")
    await answered(redis, "m3", NOON + 11 * 3600, 10 * 3600 + 300, None)
    days = {"from": "2026-11-19", "to": "2026-11-20"}

    told = await owner.get("api/coach", **days)
    table = await owner.http.get(f"{PATH}api/coach.csv", params=days | {"by": "week"})

    assert (told["zone"], told["target_s"], told["by"]) == ("Europe/Moscow", 300, "day")
    assert told["total"] == {"count": 3, "median_s": 300, "share": 2 / 3}
    assert [(one["from"], one["to"], one["count"]) for one in told["periods"]] == [
        ("2026-11-19", "2026-11-19", 0),
        ("2026-11-20", "2026-11-20", 3),
    ]
    assert told["operators"] == [
        {"operator": "olga", "count": 1, "median_s": 100, "share": 1},
        {"operator": "vera", "count": 1, "median_s": 500, "share": 0},
        {"operator": None, "count": 1, "median_s": 300, "share": 1},
    ]
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="answers-2026-11-19-2026-11-20.csv"' in table.headers["content-disposition"]
    assert table.text.splitlines()[1] == "2026-11-19;2026-11-20;(all);3;300;67"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "yesterday"}, "bad_date"),
        ({"from": "20261121"}, "bad_date"),
        ({"to": "9999-12-31"}, "bad_date"),
        ({"from": "2026-11-21", "to": "2026-11-20"}, "bad_days"),
        ({"from": "2025-01-01", "to": "2026-11-20"}, "bad_days"),
        ({"by": "month"}, "bad_by"),
    ],
)
async def test_an_invalid_range_of_days_is_refused(owner: Panel, query: dict[str, str], code: str) -> None:
    refused = await owner.http.get(f"{PATH}api/coach", params=query)

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2200-01-01"])
async def test_a_day_that_is_too_far_away_is_not_called_badly_written(owner: Panel, day: str) -> None:
    refused = await owner.http.get(f"{PATH}api/coach", params={"from": day, "to": day})

    assert "2000 to 2199" in refused.json()["error"]["message"]


async def test_chats_in_time_are_listed_by_urgency_and_late_ones_counted(owner: Panel, redis: Redis) -> None:
    await redis.set(keys.WORKING_HOURS, orjson.dumps(ALWAYS))
    now = time.time()
    await write(redis, "m1", chat="soon", created=int(now) - 60)
    await write(redis, "m2", chat="sooner", created=int(now) - 200)
    await write(redis, "m3", chat="late", created=int(now) - 400)

    told = await owner.get("api/coach/waiting")

    assert ([one["chat_id"] for one in told["chats"]], told["late"], told["open"]) == (
        ["sooner", "soon"],
        1,
        True,
    )
    assert 0 < told["chats"][0]["left_s"] <= 100 < told["chats"][1]["left_s"] <= 240


async def test_chats_beyond_the_list_are_counted(owner: Panel, redis: Redis) -> None:
    await redis.set(keys.WORKING_HOURS, orjson.dumps(ALWAYS))
    before, now = await owner.get("api/coach/waiting"), int(time.time())
    for number in range(WAITING_SHOWN + 5):
        await write(redis, f"w{number}", chat=f"waits {number}", created=now - 10)

    told = await owner.get("api/coach/waiting")

    assert len(told["chats"]) == WAITING_SHOWN
    told_of = len(told["chats"]) + told["more"] + told["late"]
    assert told_of == len(before["chats"]) + before["late"] + WAITING_SHOWN + 5


async def test_a_message_that_needs_no_answer_is_recorded_for_the_coach(owner: Panel, redis: Redis) -> None:
    await write(redis, "n1", "n2", chat="thanks")
    done = await owner.post("chats/thanks/answered", message_id="n1")

    assert done.status_code == 202
    assert await redis.zrange(keys.dismissed(SELLER, "thanks"), 0, -1) == [b"n1"]
