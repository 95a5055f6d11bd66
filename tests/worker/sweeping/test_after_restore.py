"""What came between a backup and its restore comes back by a sweep, and none of it counts as missed."""

from pathlib import Path

import pytest

from shared import keys
from tests.ops.restoring import opened
from tests.support.redis_server import RedisServer
from tests.worker.builders import SELLER
from tests.worker.sweeping.conftest import Desk
from worker.watching.board import Board

pytestmark = pytest.mark.anyio


async def test_messages_of_the_gap_come_back_and_none_is_missed(
    tmp_path: Path, redis_server: RedisServer, desk: Desk
) -> None:
    avito, redis = desk.avito, desk.work.redis
    board = Board(redis, SELLER)
    async with opened(tmp_path, redis_server) as shop:
        avito.write("c1", age=600)
        await board.note_listing("ours", "", avito.clock() - 500)
        await desk.start()
        path = await shop.back_up()
        for _ in range(3):
            await desk.webhook("c1", avito.write("c1"))
            avito.clock.now += 10

        await shop.restore(path)
        await redis.connection_pool.disconnect()
        lost = len(desk.truth("c1")) - len(await desk.shown("c1"))
        await desk.sweep()
        await board.note_listing("ours", "", avito.clock())
        await desk.sweep()

    assert lost == 3
    assert await desk.shown("c1") == desk.truth("c1")
    assert await board.unproved() == {}
    assert not await redis.exists(keys.misses(SELLER))
