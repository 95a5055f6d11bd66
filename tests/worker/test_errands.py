"""What Avito is to be told besides replies: nothing is left standing."""

from typing import Any, cast

import pytest
from redis.asyncio import Redis

from shared import errands, keys
from shared.errands import Errand
from tests.worker.builders import CHAT, SELLER
from worker.context import Work
from worker.errands import LATE_S, requeue_due

pytestmark = pytest.mark.anyio
NOW = 1_757_400_000.0


@pytest.mark.parametrize(("later", "hints"), [(1.0, 0), (LATE_S + 1, 1), (-3600.0, 1)])
async def test_what_lost_its_hint_gets_another_also_when_the_clock_was_set_back(
    store: Redis, later: float, hints: int
) -> None:
    data = errands.write(Errand("read", CHAT, NOW, "olga"))
    await store.execute_command("HSET", keys.errands(SELLER), "e1", data)

    await requeue_due(Work(cast("Any", store), cast("Any", None), SELLER, 200, clock=lambda: NOW + later))

    assert await store.zcard(keys.ARQ_QUEUE) == hints
