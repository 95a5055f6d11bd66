"""The owner's commands, as processes, against the running system."""

import asyncio
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from given_settings import PROJECT
from shared import keys
from tests.e2e.watching import quick_system, status, until_equal, until_mode
from tests.support.redis_server import free_port
from tests.support.system import ACCOUNT, SECRET, System

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
OTHER = "https://hooks.crm.example.test/secret-of-theirs"
SCRIPT = PROJECT / "scripts" / "setup_avito_webhook.py"


@dataclass
class Owner:
    """Somebody at a terminal in another folder; their settings are in `.env`."""

    system: System
    home: Path
    said: str = ""

    def settle(self, **changes: str) -> None:
        """Write `.env`."""
        values = {
            "AVITO_CLIENT_ID": "sim-client",
            "AVITO_CLIENT_SECRET": "sim-secret",
            "AVITO_USER_ID": str(ACCOUNT),
            "AVITO_API_URL": self.system.url("simulator"),
            "WEBHOOK_SECRET": SECRET,
            "WEBHOOK_URL": self.system.webhook_url,
            "REDIS_URL": self.system.redis_server.url,
        }
        self.home.mkdir(exist_ok=True)
        lines = [f"{name}={value}\n" for name, value in (values | changes).items()]
        (self.home / ".env").write_text("".join(lines))

    async def run(self, *arguments: str, **environ: str) -> int:
        """Run a command with a bare python3; returns its exit code."""
        base = {"PATH": os.environ["PATH"], "AVITO_LIVE_HOME": str(self.home), "LANG": "ru_RU.UTF-8"}
        done = await asyncio.to_thread(
            subprocess.run,
            ["python3", str(SCRIPT), *arguments],
            env=base | {"PYTHONIOENCODING": "utf-8"} | environ,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.said = done.stdout + done.stderr
        return done.returncode


def owner_of(system: System) -> Owner:
    owner = Owner(system, system.folder / "home")
    owner.settle()
    return owner


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


async def test_the_mode_follows_within_two_seconds_at_the_usual_intervals(tmp_path: Path) -> None:
    usual = {"POLL_INTERVAL_S": "30", "SWEEP_INTERVAL_S": "300", "WATCH_INTERVAL_S": "60"}
    async with quick_system(tmp_path, "ingest", **usual) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("worker")
        await until_mode(system, "webhook")

        assert await owner_of(system).run("unsubscribe") == 0
        asked = time.monotonic()
        async with system.redis as redis:
            while await redis.execute_command("HGET", keys.FACTS, "mode") != b"polling":
                assert time.monotonic() < asked + 2
                await asyncio.sleep(0.02)


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
        assert "2000 ms" in owner.said

        await system.stop("ingest")
        assert await owner.run("test") == 1
        assert SECRET not in owner.said


async def test_missing_settings_are_all_named_at_once(tmp_path: Path) -> None:
    async with quick_system(tmp_path) as system:
        owner = owner_of(system)
        owner.settle(AVITO_CLIENT_ID="", AVITO_USER_ID="")

        assert await owner.run("status") == 2
        assert "AVITO_CLIENT_ID" in owner.said
        assert "AVITO_USER_ID" in owner.said
        assert "Traceback" not in owner.said


async def test_the_doctor_finds_what_is_wrong_and_names_the_way_out(tmp_path: Path) -> None:
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


async def test_changing_the_secret_loses_no_event_and_the_old_one_ends_by_itself(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner = owner_of(system)
        assert await owner.run("setup", "--yes") == 0
        await until_mode(system, "webhook")
        before = (await status(system))["events"]
        chat = await system.avito.chat()

        writing = asyncio.create_task(
            system.avito.burst(messages=60, rate=20, chat_ids=[chat], text="во время смены {n}")
        )
        assert await owner.run("rotate-secret") == 0, owner.said
        await writing
        await until_equal(system)

        (url,) = await system.avito.subscriptions()
        new = url.rpartition("/")[2]
        assert new not in ("", SECRET)
        assert new not in owner.said
        env = (owner.home / ".env").read_text()
        assert f"WEBHOOK_SECRET={new}\n" in env
        assert f"WEBHOOK_SECRET_PREVIOUS={SECRET}\n" in env
        told = await status(system)
        assert (told["mode"], told["events"]) == ("webhook", before)

        async with system.redis as redis:
            assert await redis.xlen(keys.HINTS) == 0
            await redis.execute_command("HSET", keys.ROTATION, "until", "1")
        assert await owner.run("test") == 0
        await until_old_secret_is_a_hint(system)


async def until_old_secret_is_a_hint(system: System) -> None:
    """A post with the old secret proves nothing any more."""
    deadline = time.monotonic() + 20
    async with system.redis as redis:
        await system.stop("worker")
        while not await redis.xlen(keys.HINTS):
            assert time.monotonic() < deadline
            await system.http.post(system.webhook_url, content=b"{}")
            await asyncio.sleep(0.2)


async def test_a_change_that_avito_refuses_is_put_back_whole(tmp_path: Path) -> None:
    async with quick_system(tmp_path, "ingest", "worker") as system:
        owner = owner_of(system)
        assert await owner.run("setup", "--yes") == 0
        before = (owner.home / ".env").read_text()
        await system.avito.strike("subscribe", status=400, count=1)

        assert await owner.run("rotate-secret") == 1, owner.said

        assert (owner.home / ".env").read_text() == before
        assert await system.avito.subscriptions() == [system.webhook_url]
        assert await owner.run("test") == 0


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
