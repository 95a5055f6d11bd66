"""The owner's commands, as processes, against the running system."""

import os
import subprocess
from pathlib import Path

import pytest

from avito_live import PROJECT
from shared.redis import keys
from testbed import ACCOUNT, SECRET, free_port, until
from tests.e2e.owner import owner_of
from tests.e2e.watching import quick_system, until_equal, until_mode, until_status

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


async def test_the_test_command_tells_a_url_that_works_from_one_that_does_not(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest") as system:
        owner = owner_of(system)

        assert await owner.run("test") == 0, owner.said
        assert "200" in owner.said
        assert "2000 мс" in owner.said

        await system.stop("ingest")
        assert await owner.run("test") == 1
        assert SECRET not in owner.said


async def test_the_status_shows_the_subscription_and_the_mode(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner = owner_of(system)
        await system.avito.subscribe(system.webhook_url)
        await until_mode(system, "webhook")

        assert await owner.run("status", "--lang", "en") == 0, owner.said
        assert "✓ Subscription at Avito  our address" in owner.said
        assert "✓ Mode" in owner.said
        assert SECRET not in owner.said

        owner.settle(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
        assert await owner.run("status") == 3


async def test_missing_settings_are_all_named_at_once(tmp_path: Path) -> None:
    async with quick_system(tmp_path) as system:
        owner = owner_of(system)
        owner.settle(AVITO_CLIENT_ID="", AVITO_USER_ID="")

        assert await owner.run("status") == 2
        assert "AVITO_CLIENT_ID" in owner.said
        assert "AVITO_USER_ID" in owner.said
        assert "Traceback" not in owner.said


async def test_the_doctor_finds_what_is_wrong_and_names_the_fix(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker", "gateway") as system:
        owner = owner_of(system)
        await system.avito.subscribe(system.webhook_url)
        await until_mode(system, "webhook")

        assert await owner.run("doctor", "--lang", "en") == 0, owner.said
        assert "✓ Subscription at Avito" in owner.said
        assert "ingest 1, worker 1, gateway 1" in owner.said

        await system.avito.faults(tariff="402")
        owner.settle(AVITO_USER_ID="999")
        assert await owner.run("doctor") == 1
        assert f"AVITO_USER_ID={ACCOUNT}" in owner.said
        assert "тариф не включает API" in owner.said

        await system.avito.faults(tariff="full")
        await system.avito.strike("token", status=503, body="<html>Down</html>", content_type="text/html")
        await system.avito.ask("tokens/revoke")
        assert await owner.run("status", "--lang", "en") == 1
        assert "the keys are not the reason" in owner.said
        assert "Mode" in owner.said
        assert await owner.run("doctor", "--lang", "en") == 1
        assert "the keys are not the reason" in owner.said
        assert "Everything is in order" not in owner.said

        await system.avito.calm()
        await until_status(system, lambda now: now["avito"] == "ok")
        owner.settle(AVITO_USER_ID=str(ACCOUNT), AVITO_CLIENT_SECRET="of-yesterday")
        assert await owner.run("doctor", "--lang", "en") == 1
        assert "Avito refuses the keys" in owner.said  # though the system has a token that works


def test_the_menu_leads_to_the_same_commands(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", str(PROJECT / "scripts" / "setup_webhook.sh")],
        env={"PATH": os.environ["PATH"], "AVITO_LIVE_HOME": str(tmp_path), "LANG": "ru_RU.UTF-8"},
        cwd="/",
        input="9\n4\n0\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "1) включить" in done.stdout
    assert "Введите 1, 2, 3, 4 или 0." in done.stdout
    assert "AVITO_CLIENT_ID" in done.stderr
    assert done.returncode == 2
