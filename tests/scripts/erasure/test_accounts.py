"""The removal of an account removes all its data."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from avito_live.erasure.accounts import remove_account
from shared.redis import keys
from testbed import RedisServer
from tests.scripts.backups.restoring import Shop, opened

pytestmark = pytest.mark.anyio
OLD, OTHER = 7, 8


@pytest.fixture
async def shop(tmp_path: Path, redis_server: RedisServer, anyio_backend: str) -> AsyncIterator[Shop]:
    async with opened(tmp_path, redis_server) as shop:
        await shop.ask("SADD", keys.ACCOUNTS, OLD)
        yield shop


def webhook(account: Any) -> bytes:
    return orjson.dumps({"payload": {"value": {"user_id": account, "content": {"text": "words"}}}})


@pytest.mark.parametrize("stream", [keys.DEAD, keys.INBOX, keys.UNVERIFIED])
async def test_its_webhooks_go_with_it_and_another_accounts_stay(shop: Shop, stream: str) -> None:
    packed = gzip.compress(webhook(OTHER))
    bodies = (webhook(OLD), webhook(str(OLD)), webhook(OTHER), packed, b"{}", b"no JSON", webhook(None))
    for body in bodies:
        await shop.ask("XADD", stream, "*", "b", body)

    await remove_account(shop.redis, OLD)

    assert [fields[b"b"] for _, fields in await shop.redis.xrange(stream)] == [webhook(OTHER), packed]


async def test_its_pictures_take_up_no_room_any_more(shop: Shop) -> None:
    await shop.ask("RPUSH", keys.picture(OLD, "p1"), "bytes")
    await shop.ask("ZADD", keys.PICTURES, 1, "p1 5", 2, "p2 5")

    await remove_account(shop.redis, OLD)

    assert await shop.redis.zrange(keys.PICTURES, 0, -1) == [b"p2 5"]
