"""A Redis that keeps INFO from ingest's user."""

import pytest
from redis.asyncio import Redis

from ingest.store.pressure import INBOX_MARK
from ingest.store.redis_writer import RedisWriter
from ingest.store.webhook_store import Inbox
from shared.redis import keys
from testbed import RedisServer

pytestmark = pytest.mark.anyio


async def test_the_inbox_is_bounded_by_its_length_alone(real_redis: Redis, redis_server: RedisServer) -> None:
    rules = ("on", "nopass", "~*", "&*", "+@all", "-@dangerous")
    await real_redis.execute_command("ACL", "SETUSER", "no-info", *rules)
    await real_redis.xadd(keys.INBOX, {"b": "{}"})
    inbox = Inbox(RedisWriter(redis_server.url))

    async with Redis(port=redis_server.port, username="no-info", password="any") as redis:
        await inbox.measure(redis)

    await real_redis.execute_command("ACL", "DELUSER", "no-info")
    assert (inbox.pressure.waiting, inbox.pressure.room) == (1, INBOX_MARK - 1)
