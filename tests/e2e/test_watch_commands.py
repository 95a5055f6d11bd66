"""The owner's commands that change the subscription, as processes, against the running system."""

from pathlib import Path

import pytest

from shared.redis import keys
from testbed import SECRET, free_port, until
from tests.e2e.owner import owner_of
from tests.e2e.watching import quick_system, until_equal, until_mode

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
OTHER = "https://hooks.crm.example.test/secret-of-theirs"


async def test_setup_subscribes_verifies_and_the_system_follows(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner = owner_of(system)

        assert await owner.run("setup") == 4
        assert "адрес этого компьютера" in owner.said
        assert await system.avito.subscriptions() == []

        assert await owner.run("setup", "--yes") == 0, owner.said
        assert await system.avito.subscriptions() == [system.webhook_url]
        assert (await until_mode(system, "webhook"))["wanted"] is True
        assert SECRET not in owner.said

        assert await owner.run("setup", FORCE="1") == 0
        assert "Уже подписаны" in owner.said


async def test_unsubscribe_takes_ours_away_and_the_system_polls_within_two_seconds(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner = owner_of(system)
        await system.avito.subscribe(system.webhook_url)
        await until_mode(system, "webhook")

        assert await owner.run("unsubscribe") == 0, owner.said
        assert "опрос" in owner.said
        told = await until_mode(system, "polling", "отключён")
        assert told["wanted"] is False
        assert await system.avito.subscriptions() == []

        chat = await system.avito.chat()
        await system.avito.write(chat, "по опросу")
        await until_equal(system)
        assert await system.avito.subscriptions() == []
        assert await owner.run("unsubscribe") == 0


async def test_at_the_usual_intervals_the_mode_follows_long_before_the_next_look(tmp_path: Path) -> None:
    usual = {"POLL_INTERVAL_S": "30", "SWEEP_INTERVAL_S": "300", "WATCH_INTERVAL_S": "60"}
    async with quick_system(tmp_path, "ingest", **usual) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        await until_mode(system, "webhook")

        assert await owner_of(system).run("unsubscribe") == 0
        async with system.redis as redis:

            async def polls() -> bool:
                return bool(await redis.execute_command("HGET", keys.FACTS, "mode") == b"polling")

            await until(polls)


async def test_another_products_channel_is_named_and_taken_only_with_a_yes(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner = owner_of(system)
        await system.avito.subscribe(OTHER)

        assert await owner.run("setup") == 4
        assert await system.avito.subscriptions() == [OTHER]

        assert await owner.run("setup", "--yes", "--lang", "en") == 0
        assert "hooks.crm.example.test" in owner.said
        assert "secret-of-theirs" not in owner.said
        assert await system.avito.subscriptions() == [system.webhook_url]


async def test_a_subscription_whose_answer_got_lost_is_found_in_the_list(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner = owner_of(system)
        await system.avito.strike("subscribe", when="after", drop=True, count=1)

        assert await owner.run("setup", "--yes") == 0, owner.said

        assert await system.avito.subscriptions() == [system.webhook_url]


async def test_without_redis_unsubscribe_stops_with_its_own_exit_code(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest") as system:
        owner = owner_of(system)
        await system.avito.subscribe(system.webhook_url)
        owner.settle(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")

        assert await owner.run("unsubscribe") == 3
        assert await system.avito.subscriptions() == [system.webhook_url]

        assert await owner.run("unsubscribe", "--yes") == 0
        assert await system.avito.subscriptions() == []
