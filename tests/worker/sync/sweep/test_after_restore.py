"""A sweep brings back messages from between a backup and its restore; none counts as missed."""

from pathlib import Path

import pytest

from shared.redis import keys
from testbed import RedisServer
from tests.scripts.backups.restoring import opened
from tests.worker.builders import SELLER
from tests.worker.sync.sweep.conftest import Watched

pytestmark = pytest.mark.anyio


async def test_messages_since_the_backup_come_back_and_none_is_missed(
    tmp_path: Path, redis_server: RedisServer, watched: Watched
) -> None:
    avito, redis, sync_state = watched.avito, watched.account.redis, watched.watch.state
    async with opened(tmp_path, redis_server) as shop:
        avito.write("c1", age=600)
        await redis.set(sync_state.lease, sync_state.owner)
        await sync_state.note_listing("ours", "", avito.clock() - 500)
        await watched.start()
        path = await shop.back_up()
        for _ in range(3):
            await watched.webhook("c1", avito.write("c1"))
            avito.clock.now += 10

        await shop.restore(path)
        await redis.connection_pool.disconnect()
        await redis.set(sync_state.lease, sync_state.owner)
        lost = len(watched.truth("c1")) - len(await watched.shown("c1"))
        await watched.sweep()
        await sync_state.note_listing("ours", "", avito.clock())
        await watched.sweep()

    assert lost == 3
    assert await watched.shown("c1") == watched.truth("c1")
    assert await watched.found_by_sweep() == []
    assert not await redis.exists(keys.missed_webhooks(SELLER))
