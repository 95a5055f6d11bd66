"""A reply leaves only after a replica has its attempt: otherwise the next master would send it again."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from shared.redis import connection, keys
from testbed import running_redis
from tests.support.replica import replica_of
from tests.worker.builders import CHAT, SELLER
from tests.worker.outbox.moody_avito import MoodyAvito, work_of
from tests.worker.outbox.replies import item, make_wish, open_chat, queue
from worker.outbox.attempt import ensure_replicated
from worker.outbox.box import Box
from worker.outbox.outcome import NotReplicated
from worker.outbox.turn import ChatTurn

pytestmark = pytest.mark.anyio


async def test_a_reply_is_sent_only_after_a_replica_has_its_attempt(
    tmp_path: Path, anyio_backend: str
) -> None:
    seen: list[tuple[int, str]] = []
    with running_redis(tmp_path / "master") as master, replica_of(master, tmp_path) as replica:
        async with connection.connect(master.url) as redis:
            avito = MoodyAvito(redis, [])
            await open_chat(redis)
            await queue(redis, make_wish())

            async def go_on(seconds: float) -> None:
                seen.append((avito.sends, (await item(redis))["code"]))
                replica.go_on()
                await avito.sleep(seconds)

            turn = ChatTurn(work_of(avito), Box(redis, SELLER, CHAT, "one"))
            turn.sleep = go_on
            replica.stand_still()
            await turn.run()

            assert seen[0] == (0, "redis_replaced")
            assert (avito.sends, (await item(redis))["state"]) == (1, "sent")


async def test_an_attempt_that_the_master_does_not_have_does_not_leave(real_redis: Redis) -> None:
    await open_chat(real_redis)
    await queue(real_redis, make_wish())

    with pytest.raises(NotReplicated):
        await ensure_replicated(real_redis, SELLER, "r1")

    await real_redis.execute_command("HSET", keys.reply(SELLER, "r1"), "state", "sending")
    await ensure_replicated(real_redis, SELLER, "r1")
