"""A restore does not bring back what was true only at the time of the backup."""

import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from avito_live.backups import restore_policy
from avito_live.erasure import key_names
from shared.redis import connection, keys
from shared.redis.layout import LAYOUT
from testbed import RedisServer
from tests.scripts.backups.restoring import Shop, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(tmp_path: Path, redis_server: RedisServer, anyio_backend: str) -> AsyncIterator[Shop]:
    async with opened(tmp_path, redis_server) as shop:
        yield shop


async def epoch_and_seq(shop: Shop) -> list[bytes]:
    """Return epoch and seq as a service finds them that connects now."""
    async with connection.connect(shop.server.url) as service:
        await service.ping()
    return list(await shop.ask("HMGET", keys.STATE, "epoch", "seq", "layout"))


async def test_a_restore_into_the_same_server_begins_a_new_epoch(shop: Shop) -> None:
    before = await epoch_and_seq(shop)
    await shop.ask("HSET", keys.STATE, "seq", 19)
    path = await shop.back_up()

    await shop.restore(path)
    at_once = await shop.ask("HGET", keys.STATE, "epoch")
    epoch, seq, layout = await epoch_and_seq(shop)

    assert len({before[0], at_once, epoch}) == 3
    assert (seq, layout) == (b"19", str(LAYOUT).encode())


async def test_restoring_twice_gives_two_epochs(shop: Shop) -> None:
    await epoch_and_seq(shop)
    path = await shop.back_up()

    found = []
    for _ in range(2):
        await shop.restore(path)
        found.append((await epoch_and_seq(shop))[0])

    assert found[0] != found[1]


async def test_a_backup_from_before_layouts_had_numbers_keeps_having_none(shop: Shop) -> None:
    await shop.ask("HSET", keys.STATE, "epoch", "of-then", "seq", 3)
    path = await shop.back_up()

    await shop.restore(path)

    assert await shop.ask("HGET", keys.STATE, "layout") is None


def test_every_key_has_a_decision_and_every_decision_a_key() -> None:
    decided = [*restore_policy.RESTORED.values(), *restore_policy.DROPPED.values()]

    assert sorted(" ".join(decided).split()) == sorted(key_names.NAMED)


def test_every_key_is_known_by_its_name() -> None:
    given = {"account_id": 7}
    for name in key_names.NAMED:
        key = getattr(keys, name)
        if not isinstance(key, str):
            key = key(**{one: given.get(one, "a:b c") for one in inspect.signature(key).parameters})
        assert key_names.name_of(key.encode()) == name


async def test_what_was_true_only_at_the_backup_and_what_is_not_ours_is_not_restored(shop: Shop) -> None:
    for name in " ".join(restore_policy.DROPPED.values()).split():
        key = getattr(keys, name)
        text = key if isinstance(key, str) else key(*(7 for _ in inspect.signature(key).parameters))
        await shop.ask(*(("HSET", text, "f", "x") if name == "FACTS" else ("SET", text, "x")))
    await shop.redis.set("arq:job:deliver:1", "x")
    await shop.redis.set("somebody:elses", "x")
    path = await shop.back_up()

    await shop.restore(path)

    assert set(await shop.redis.keys()) == {keys.STATE.encode()}
