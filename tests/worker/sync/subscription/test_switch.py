"""A change of mode is kept and published."""

import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import keys
from tests.worker.builders import SELLER
from tests.worker.sync.subscription.conftest import OWNER
from worker.sync.subscription.switch import ModeSwitch
from worker.sync.subscription.sync_state import SyncState

pytestmark = pytest.mark.anyio
GONE = ModeSwitch(10.0, "webhook", "polling", "gone", "gone")
BACK = ModeSwitch(11.0, "polling", "webhook", "", "")


async def recovered(redis: Redis) -> list[int]:
    lines = await redis.execute_command("LRANGE", keys.SWITCHES, 0, -1)
    return [orjson.loads(line)["recovered"] for line in lines]


async def test_the_messages_recovered_by_a_switch_are_published_while_its_mode_holds(
    real_redis: Redis,
) -> None:
    await real_redis.set(keys.lease("watch"), OWNER)
    state = SyncState(real_redis, SELLER, keys.lease("watch"), OWNER)
    await state.tell(GONE)

    await state.add_recovered(GONE, 5)

    assert await recovered(real_redis) == [5]
    assert await real_redis.xlen(keys.JOURNAL) == 2


async def test_the_messages_recovered_by_an_earlier_switch_do_not_restore_its_mode(real_redis: Redis) -> None:
    await real_redis.set(keys.lease("watch"), OWNER)
    state = SyncState(real_redis, SELLER, keys.lease("watch"), OWNER)
    await state.tell(GONE)
    await state.tell(BACK)

    await state.add_recovered(GONE, 5)

    assert await real_redis.execute_command("HGET", keys.FACTS, "mode") == b"webhook"
    assert await recovered(real_redis) == [0, 5]
    assert await real_redis.xlen(keys.JOURNAL) == 2
