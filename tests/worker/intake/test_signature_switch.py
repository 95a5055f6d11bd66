"""With SIGNATURE_KEY an unsigned webhook counts as unverified; without it no signature matters."""

import hashlib
import hmac
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import inbox
from testbed import until
from tests.worker.intake.test_reader import Running, empty, make_intake, shown, webhook
from worker.app import configure

pytestmark = pytest.mark.anyio
KEY = b"signed-under-this"
BODY = webhook("m1")
RIGHT = hmac.new(KEY, BODY, hashlib.sha256).hexdigest().encode()


async def post(redis: Redis, body: bytes, signature: bytes) -> None:
    fields = inbox.write(inbox.Webhook(body, 1_757_403_726.0, signature))
    await redis.execute_command("XADD", keys.INBOX, "*", *fields)


async def taken(redis: Redis, key: bytes) -> set[str]:
    """Let an intake take what is there; returns what is shown after."""
    async with Running(replace(make_intake(redis), signature_key=key)):
        await until(lambda: empty(redis))
    return await shown(redis)


async def test_a_signed_webhook_is_shown(real_redis: Redis) -> None:
    await post(real_redis, BODY, RIGHT)

    assert await taken(real_redis, KEY) == {"m1"}
    assert await real_redis.xlen(keys.UNVERIFIED) == 0


@pytest.mark.parametrize("signature", [b"", b"wrong", RIGHT[:-1], b"\xff"])
async def test_an_unsigned_webhook_becomes_unverified_and_is_kept_whole(
    real_redis: Redis, signature: bytes
) -> None:
    await post(real_redis, BODY, signature)

    assert await taken(real_redis, KEY) == set()
    ((_, fields),) = await real_redis.xrange(keys.UNVERIFIED)
    assert inbox.read(fields) == inbox.Webhook(BODY, 1_757_403_726.0, signature)
    assert await real_redis.xlen(keys.DEAD) == 0


async def test_a_canary_needs_no_signature(real_redis: Redis) -> None:
    await real_redis.execute_command("XADD", keys.INBOX, "*", *inbox.canary(5.0))

    await taken(real_redis, KEY)

    assert await real_redis.xlen(keys.UNVERIFIED) == 0
    assert await real_redis.execute_command("HGET", keys.FACTS, "last_canary_at")


async def test_no_signature_is_required_by_default(real_redis: Redis) -> None:
    account = {"AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "secret", "AVITO_USER_ID": "1"}
    await post(real_redis, BODY, b"wrong")

    assert await taken(real_redis, configure(account).settings.signature_key) == {"m1"}
