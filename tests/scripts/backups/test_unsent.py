"""Replies that waited when a backup was made are not sent unasked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.redis import keys
from shared.wires import operator_actions
from shared.wires.operator_actions import OperatorAction
from shared.wires.outbox import NewReply
from shared.wires.queue_reply import queue
from testbed import RedisServer
from tests.scripts.backups.restoring import Shop, opened

pytestmark = pytest.mark.anyio
ACCOUNT = 7


@pytest.fixture
async def shop(tmp_path: Path, redis_server: RedisServer, anyio_backend: str) -> AsyncIterator[Shop]:
    async with opened(tmp_path, redis_server) as shop:
        await shop.ask("HSET", keys.STATE, "epoch", "of-then", "seq", 0, "layout", 2)
        await shop.ask("SADD", keys.ACCOUNTS, ACCOUNT)
        await shop.ask("HSET", keys.chat(ACCOUNT, "u2i-one"), "json", "{}")
        yield shop


async def queued(shop: Shop, ref: str, by: str | None = "anna", state: str = "queued") -> None:
    await queue(shop.redis, NewReply(ACCOUNT, "u2i-one", ref, by, 1_757_403_800.0, text="Да, есть"))
    await shop.ask("HSET", keys.reply(ACCOUNT, ref), "state", state)


async def restored(shop: Shop, ref: str) -> bytes | None:
    found: bytes | None = await shop.ask("HGET", keys.reply(ACCOUNT, ref), "restored")
    return found


async def test_unsent_replies_are_marked_and_reported(shop: Shop) -> None:
    await queued(shop, "waits")
    await queued(shop, "under-way", state="sending")
    await queued(shop, "auto", by=None)
    await queued(shop, "sent", state="sent")
    await queued(shop, "failed", state="failed")
    path = await shop.back_up()

    said = await shop.restore(path)

    marks = [await restored(shop, ref) for ref in ("waits", "under-way", "auto", "sent", "failed")]
    assert marks == [b"1", b"1", b"1", None, None]
    assert "Not sent yet at that time: 2 replies, 1 automatic answers" in said
    assert await shop.ask("ZCARD", keys.to_deliver(ACCOUNT)) == 1


async def test_operator_actions_are_dropped_and_counted(shop: Shop) -> None:
    waiting = [
        OperatorAction("delete", "u2i-one", 1.0, "anna", message_id="m1"),
        OperatorAction("blacklist", "u2i-two", 1.0, "anna", reason_id=1),
        OperatorAction("read", "u2i-one", 1.0, "anna"),
        OperatorAction("read", "u2i-two", 1.0, "anna"),
    ]
    for number, errand in enumerate(waiting):
        await shop.ask("HSET", keys.operator_actions(ACCOUNT), number, operator_actions.write(errand))
    path = await shop.back_up()

    said = await shop.restore(path)

    assert not await shop.redis.exists(keys.operator_actions(ACCOUNT))
    assert "1 blocked buyers, 1 deletions, 2 read marks" in said


async def test_a_restore_of_a_shop_where_nothing_waited_says_nothing_of_it(shop: Shop) -> None:
    path = await shop.back_up()

    said = await shop.restore(path)

    assert "Not sent yet" not in said
    assert "Dropped" not in said
