"""Stored messages that cannot be read, where Avito still lists them."""

from collections.abc import Callable

import orjson
import pytest

from shared.redis import keys
from tests.worker.builders import SELLER
from tests.worker.sync.sweep.conftest import Watched
from worker.accounts.context import ACCOUNT
from worker.sync.sweep.refresh import refresh_chat

pytestmark = pytest.mark.anyio
MESSAGES = keys.messages(SELLER, "c1")
Damage = Callable[[bytes], bytes]


def no_text(value: bytes) -> bytes:
    return value.replace(b'"content":{"', b'"content":{\xff')


def no_json(value: bytes) -> bytes:
    return value.replace(b'"content":{', b'"content":[')


def cut(value: bytes) -> bytes:
    return value[:20]


@pytest.mark.parametrize("damage", [no_text, no_json, cut])
async def test_an_opened_thread_has_avitos_version_again_and_nothing_rings_or_was_missed(
    watched: Watched, damage: Damage
) -> None:
    ids = [watched.avito.write("c1", age=age) for age in (90, 60, 30)]
    for message_id in ids:
        await watched.webhook("c1", message_id)
    redis = watched.account.redis
    whole = await redis.hgetall(MESSAGES)
    rang = await watched.rung()
    for name, value in whole.items():
        assert damage(value) != value
        await redis.hset(MESSAGES, name, damage(value))

    await refresh_chat({ACCOUNT: watched.account}, SELLER, "c1")

    assert await watched.shown("c1") == watched.truth("c1")
    assert await watched.rung() == rang
    assert await watched.found_by_sweep() == []
    shown = orjson.loads(await redis.hget(keys.chat(SELLER, "c1"), "json") or b"")
    assert (shown["unread"], shown["last_message"]["id"]) == (3, ids[-1])


async def test_a_message_whose_stored_text_is_gone_is_no_new_one(watched: Watched) -> None:
    message_id = watched.avito.write("c1", age=60)
    await watched.webhook("c1", message_id)
    rang = await watched.rung()
    await watched.account.redis.hdel(MESSAGES, message_id)

    await watched.webhook("c1", message_id)

    assert await watched.shown("c1") == watched.truth("c1")
    assert await watched.rung() == rang
