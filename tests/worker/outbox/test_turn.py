"""The turn at one chat keeps its lease while it lasts, and no longer."""

import asyncio

import pytest
from redis.asyncio import Redis

from tests.support.stubborn import Stubborn
from tests.worker.builders import CHAT, SELLER
from tests.worker.outbox.moody_avito import MoodyAvito, work_of
from worker.outbox.box import Box
from worker.outbox.turn import ChatTurn

pytestmark = pytest.mark.anyio


async def test_a_turn_ends_although_its_renewal_ignores_cancellation(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = Stubborn()
    monkeypatch.setattr(ChatTurn, "_renew", stubborn.run)
    turn = ChatTurn(work_of(MoodyAvito(real_redis, [])), Box(real_redis, SELLER, CHAT, "one"))

    async with asyncio.timeout(10):
        await turn.run()

    assert stubborn.ended.is_set()
