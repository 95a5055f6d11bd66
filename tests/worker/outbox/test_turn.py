"""The turn of one chat's replies: held while it lasts, and no longer."""

import asyncio

import pytest
from redis.asyncio import Redis

from tests.support.stubborn import Stubborn
from tests.worker.builders import CHAT, SELLER
from tests.worker.outbox.moody_avito import MoodyAvito, work_of
from worker.outbox.box import Box
from worker.outbox.turn import ChatTurn

pytestmark = pytest.mark.anyio


async def test_a_turn_ends_though_its_renewal_does_not_hear_that(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = Stubborn()
    monkeypatch.setattr(ChatTurn, "_renew", stubborn.run)
    delivery = ChatTurn(work_of(MoodyAvito(real_redis, [])), Box(real_redis, SELLER, CHAT, "one"))

    async with asyncio.timeout(10):
        await delivery.run()

    assert stubborn.ended.is_set()
