"""Working hours and the automatic answer over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import keys
from testbed import System
from tests.push_gateway.panel import Panel
from tests.push_gateway.shared_by_module import module_panel, module_system

pytestmark = pytest.mark.anyio
ALWAYS: dict[str, Any] = {
    "zone": "Europe/Moscow",
    "days": [["00:00", "00:00"]] * 7,
    "automatic": {"enabled": False, "text": "Ответим утром"},
}
system = module_system("gateway")
owner = module_panel()


@pytest.fixture
async def redis(system: System) -> AsyncIterator[Redis]:
    """Its Redis, without a setting."""
    async with system.redis as client:
        await client.delete(keys.WORKING_HOURS)
        yield client


async def test_working_hours_are_nine_to_nine_until_the_owner_sets_them(owner: Panel, redis: Redis) -> None:
    assert (await owner.get("api/hours"))["days"] == [["09:00", "21:00"]] * 7
    assert (await owner.get("api/hours"))["automatic"]["enabled"] is False

    changed = await owner.post("owner/hours", **ALWAYS)

    assert (changed.status_code, changed.json()) == (200, ALWAYS | {"version": 1})
    assert await owner.get("api/hours") == ALWAYS | {"version": 1}


async def test_the_second_owner_who_saves_hours_is_told_that_another_was_first(
    owner: Panel, redis: Redis
) -> None:
    read = await owner.get("api/hours")
    automatic = read | {"automatic": {"enabled": True, "text": "Ответ Бориса"}}
    assert (await owner.post("owner/hours", **automatic)).json()["version"] == 1

    late = await owner.post("owner/hours", **(read | {"zone": "Europe/Samara"}))

    assert (late.status_code, late.json()["error"]["code"]) == (409, "changed")
    now = await owner.get("api/hours")
    assert now["automatic"] == automatic["automatic"]
    assert (await owner.post("owner/hours", **(now | {"zone": "Europe/Samara"}))).status_code == 200


async def test_of_concurrent_changes_of_hours_one_wins(owner: Panel, redis: Redis) -> None:
    for version in range(3):
        asked = [owner.post("owner/hours", **(ALWAYS | {"version": version})) for _ in range(8)]

        statuses = sorted([answer.status_code for answer in await asyncio.gather(*asked)])

        assert statuses == [200] + [409] * 7


async def test_hours_saved_without_a_version_can_be_read_and_changed(owner: Panel, redis: Redis) -> None:
    await redis.set(keys.WORKING_HOURS, orjson.dumps(ALWAYS))

    assert await owner.get("api/hours") == ALWAYS | {"version": 0}
    assert (await owner.post("owner/hours", **(ALWAYS | {"version": 0}))).status_code == 200
    assert (await owner.post("owner/hours", **ALWAYS)).json()["version"] == 2
    assert (await owner.post("owner/hours", **(ALWAYS | {"version": "2"}))).status_code == 422


async def test_invalid_hours_are_refused_and_change_nothing(owner: Panel, redis: Redis) -> None:
    refused = await owner.post("owner/hours", **(ALWAYS | {"days": [None] * 7}))

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "never_open")
    assert await redis.get(keys.WORKING_HOURS) is None


async def test_only_an_owner_sets_hours(owner: Panel, redis: Redis) -> None:
    password = "amber-Kettle-90"
    made = await owner.post("owner/operators", name="vera", password=password, role="operator")
    assert made.status_code == 201
    async with Panel.at(owner.base) as vera:
        await vera.log_in("vera", password)

        assert (await vera.get("api/hours"))["version"] == 0
        assert (await vera.post("owner/hours", **ALWAYS)).status_code == 403
