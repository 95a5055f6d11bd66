"""The owner's commands that only look, as processes, against the running system."""

import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from avito_live import PROJECT
from testbed import ACCOUNT, SECRET, System, free_port
from tests.e2e.owner import owner_of
from tests.e2e.watching import quick_system, until_mode, until_status

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    """One system for all, subscribed."""
    folder = tmp_path_factory.mktemp("examined")
    async with quick_system(folder, "ingest", "worker", "gateway") as running:
        await running.avito.subscribe(running.webhook_url)
        await until_mode(running, "webhook")
        yield running


async def test_the_status_shows_the_subscription_and_the_mode(system: System) -> None:
    owner = owner_of(system)

    assert await owner.run("status", "--lang", "en") == 0, owner.said
    assert "✓ Subscription at Avito  our address" in owner.said
    assert "✓ Mode" in owner.said
    assert SECRET not in owner.said

    owner.settle(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert await owner.run("status") == 3


async def test_missing_settings_are_all_named_at_once(system: System) -> None:
    owner = owner_of(system)
    owner.settle(AVITO_CLIENT_ID="", AVITO_USER_ID="")

    assert await owner.run("status") == 2
    assert "AVITO_CLIENT_ID" in owner.said
    assert "AVITO_USER_ID" in owner.said
    assert "Traceback" not in owner.said


async def test_the_doctor_finds_what_is_wrong_and_names_the_fix(system: System) -> None:
    owner = owner_of(system)

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


async def test_the_test_command_tells_a_url_that_works_from_one_that_does_not(system: System) -> None:
    owner = owner_of(system)

    assert await owner.run("test") == 0, owner.said
    assert "200" in owner.said
    assert "2000 мс" in owner.said

    await system.stop("ingest")
    try:
        assert await owner.run("test") == 1
    finally:
        await system.start("ingest")
    assert SECRET not in owner.said


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
