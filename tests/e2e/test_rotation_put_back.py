"""A change of the webhook's secret that fails or is interrupted is put back whole."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.accounts.webhook_secrets import fingerprint
from shared.wires import heartbeat
from testbed import SECRET
from tests.e2e.owner import Owner, owner_of
from tests.e2e.rotation import all_prove, cut_off, end_the_day, secret_of, state_of, subscribed_owner
from tests.e2e.watching import quick_system

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture(scope="module")
async def owner(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Owner]:
    """The owner of one system for all tests, each of which leaves it as good as it was."""
    async with quick_system(tmp_path_factory.mktemp("rotation"), "ingest", "worker") as system:
        yield await subscribed_owner(system)


async def test_a_change_that_avito_refuses_is_put_back_whole(owner: Owner) -> None:
    system, before = owner.system, await state_of(owner.system, owner)
    await system.avito.strike("subscribe", status=400, count=1)

    assert await owner.run("rotate-secret") == 1, owner.said

    assert await state_of(system, owner) == before
    assert await owner.run("test") == 0


async def test_where_env_or_redis_take_no_change_nothing_is_changed(owner: Owner) -> None:
    system, before = owner.system, await state_of(owner.system, owner)
    in_the_way = owner.home / ".env.new"
    in_the_way.mkdir()

    assert await owner.run("rotate-secret") == 1

    assert ".env не записать" in owner.said
    assert await state_of(system, owner) == before
    in_the_way.rmdir()
    async with system.redis as redis:
        # A full Redis takes no heartbeats either: one that outlives the command stands for the ingest.
        await heartbeat.beat(redis, "ingest", "steady", {"proves": [fingerprint(secret_of(owner))]}, 600)
        await redis.config_set("maxmemory", 1)
        try:
            assert await owner.run("rotate-secret") == 3, owner.said
        finally:
            await redis.config_set("maxmemory", 0)
            await heartbeat.deregister(redis, "ingest", "steady")

    assert await state_of(system, owner) == before


async def test_a_change_that_is_interrupted_is_put_back_and_can_be_made_at_once(owner: Owner) -> None:
    system, before = owner.system, await state_of(owner.system, owner)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        await cut_off(system, owner, number)

        assert await state_of(system, owner) == before

    assert await owner.run("rotate-secret") == 0, owner.said
    await all_prove(system)
    await end_the_day(system)


async def test_secrets_in_files_are_changed_there_and_put_back_there(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner, folder = owner_of(system), tmp_path / "secrets"
        folder.mkdir()
        (folder / "WEBHOOK_SECRET").write_text(SECRET)
        owner.settle(WEBHOOK_SECRET="", SECRETS_DIR=str(folder))
        assert await owner.run("setup", "--yes") == 0, owner.said
        before = owner.env
        await system.avito.strike("subscribe", status=400, count=1)

        assert await owner.run("rotate-secret") == 1, owner.said
        assert (owner.env, [path.name for path in folder.iterdir()]) == (before, ["WEBHOOK_SECRET"])
        assert (folder / "WEBHOOK_SECRET").read_text() == SECRET

        assert await owner.run("rotate-secret") == 0, owner.said
        (url,) = await system.avito.subscriptions()
        assert (folder / "WEBHOOK_SECRET").read_text().strip() == url.rpartition("/")[2] != SECRET
        assert (folder / "WEBHOOK_SECRET_PREVIOUS").read_text().strip() == SECRET
        assert owner.env.startswith("WEBHOOK_SECRET=\n")
        assert await owner.run("test") == 0
