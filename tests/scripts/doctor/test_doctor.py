"""The whole command, where little or nothing runs."""

import asyncio
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import NoPermissionError

from avito_live.doctor.doctor import Check, run_checks
from avito_live.doctor.rows import Row, row
from avito_live.doctor.settings_checks import trusts_proxy
from avito_live.doctor.unawaited import use_unawaited_threads
from avito_live.runner.installation import levers
from avito_live.runner.redis_cli import redis_cli
from shared.redis.connection import make_pool
from tests.scripts.running import AVITO_LIVE, avito_live, environment

MADE = {"check_silent", "check_failed"}
NONE: Any = None
UNIT = "etc/systemd/system/avito-ingest.service"
IMAGE, WHEEL = "srv/avito-live/scripts", "site-packages"
OTHER_REDIS = "systemctl start redis-server, or correct REDIS_URL"
ACCOUNT = {
    "AVITO_CLIENT_ID": "an-id",
    "AVITO_CLIENT_SECRET": "a-secret",
    "AVITO_USER_ID": "301200100",
    "AVITO_API_URL": "http://127.0.0.1:9",
}


async def hang(_: object) -> list[Row]:
    await asyncio.Event().wait()
    return []


async def fail(_: object) -> list[Row]:
    raise RuntimeError("unforeseen")


async def forbidden(_: object) -> list[Row]:
    raise NoPermissionError("this user has no permissions")


async def good(_: object) -> list[Row]:
    return [row("by_webhook")]


@pytest.mark.anyio
async def test_a_check_that_hangs_or_fails_is_a_row_beside_the_others() -> None:
    checks: list[tuple[str, Check]] = [("redis", hang), ("dns", fail), ("mode", good)]

    found = await run_checks(checks, NONE, within_s=0.05)

    assert [(one.name, one.check) for one in found] == [
        ("check_silent", "redis"),
        ("check_failed", "dns"),
        ("by_webhook", "mode"),
    ]


@pytest.mark.anyio
async def test_a_redis_that_forbids_something_is_told_once() -> None:
    checks: list[tuple[str, Check]] = [("redis", forbidden), ("services", forbidden)]

    assert [one.name for one in await run_checks(checks, NONE)] == ["redis_forbids"]


def test_a_look_up_that_hangs_does_not_keep_the_command_from_ending() -> None:
    answered = threading.Event()

    async def look_up() -> None:
        use_unawaited_threads()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await asyncio.to_thread(answered.wait)

    asyncio.run(look_up())

    assert not answered.is_set()
    answered.set()


def test_a_system_that_is_stopped_is_told_once(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "doctor", **ACCOUNT, DOMAIN="127.0.0.1", WEBHOOK_SECRET="a" * 20)

    faults = [line for line in done.stdout.splitlines() if line.startswith("✗")]
    assert "the system is not running" in faults[0]
    assert [line.split()[1] for line in faults] == ["Processes", "Name", "Avito"]
    assert done.stdout.splitlines()[-1].startswith("Wrong: 3")
    assert (done.returncode, done.stderr) == (1, "")


@pytest.fixture
def mute() -> Iterator[int]:
    """Yield the port of a server that takes connections and never says a word."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100))
        yield server.getsockname()[1]


def test_where_everything_hangs_the_command_ends_all_the_same(tmp_path: Path, mute: int) -> None:
    given = {
        **ACCOUNT,
        "AVITO_API_URL": f"http://127.0.0.1:{mute}",
        "WEBHOOK_URL": f"https://127.0.0.1:{mute}/admin/avito/webhook/{'a' * 20}",
        "REDIS_URL": f"redis://127.0.0.1:{mute}/0",
    }

    done = subprocess.run(
        [*AVITO_LIVE, "doctor"],
        env=environment(tmp_path, given),
        capture_output=True,
        text=True,
        timeout=60,  # 20 on a machine that has nothing else to do
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert "Redis" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize(
    ("there", "start", "start_redis"),
    [
        (["docker"], "make up", "make up"),
        (["docker", UNIT], "systemctl start avito-ingest avito-worker@1 avito-gateway@8000", OTHER_REDIS),
        (["docker", "var/redis/made-by"], "make run", "Ctrl-C, make run"),
        ([], "make run", "Ctrl-C, make run"),
        (["docker", IMAGE], "make up", "make up"),
        (["docker", ".dockerenv", WHEEL], "make run", "Ctrl-C, make run"),
    ],
)
def test_the_commands_are_those_of_the_way_it_was_installed(
    tmp_path: Path, there: list[str], start: str, start_redis: str
) -> None:
    for path in map(tmp_path.joinpath, there):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o755)
    values = {"COMPOSE_FILE": "deploy/compose.yml", "PATH": str(tmp_path)}  # as each .env has it

    is_checkout = not {IMAGE, WHEEL} & {*there}
    told = levers(values, tmp_path, root=tmp_path, is_checkout=is_checkout)

    assert (told["start"], told["start_redis"]) == (start, start_redis)


def test_another_redis_is_started_by_its_own_unit(tmp_path: Path) -> None:
    assert levers({"REDIS_URL": "redis://"}, tmp_path, root=tmp_path)["start_redis"] == OTHER_REDIS


@pytest.mark.parametrize(
    ("url", "cli"),
    [
        ("redis://127.0.0.1:6379/0", "redis-cli"),
        ("redis://:secret@10.0.0.7:6380/2", "redis-cli -h 10.0.0.7 -p 6380 --askpass"),
        ("redis://[::1]:6380", "redis-cli -h ::1 -p 6380"),
        ("redis://shop:secret@db", "redis-cli -h db --user shop --askpass"),
        ("redis://tools:secret@db", "redis-cli -h db --user ADMIN --askpass"),
        ("unix://:secret@/run/redis/a b.sock?db=1", "redis-cli -s '/run/redis/a b.sock' --askpass"),
        ("rediss://db?ssl_ca_certs=/etc/ca.pem", "redis-cli -h db --tls --cacert /etc/ca.pem"),
        ("rediss://db?ssl_cert_reqs=none", "redis-cli -h db --tls --insecure"),
    ],
)
def test_what_is_typed_at_redis_reaches_that_of_redis_url_and_shows_no_password(url: str, cli: str) -> None:
    assert redis_cli(make_pool(url), configures=True) == cli


@pytest.mark.parametrize(
    ("values", "there", "trusts"),
    [
        ({}, [], False),
        ({"TRUSTED_PROXIES": "127.0.0.1"}, [], True),
        ({}, [UNIT], True),  # which names it
    ],
)
def test_make_run_behind_a_proxy_has_to_name_it(
    tmp_path: Path, values: dict[str, str], there: list[str], trusts: bool
) -> None:
    for path in map(tmp_path.joinpath, there):
        path.parent.mkdir(parents=True)
        path.touch()
    named = {"PATH": str(tmp_path), **values}

    assert trusts_proxy(named, tmp_path, "https://panel.example.org/", root=tmp_path) is trusts
    assert trusts_proxy(named, tmp_path, "http://127.0.0.1/", root=tmp_path)


def test_a_demo_that_is_stopped_is_not_running_and_needs_no_keys(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "doctor")

    assert "the system is not running" in done.stdout
    assert "start it: make run" in done.stdout
    assert (done.returncode, done.stderr) == (1, "")


def test_settings_with_which_a_service_does_not_start_are_wrong_beside_the_other_checks(
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_text("WEBHOOK_SECRET=a-secret-of-ours\nADMIN_PASSWORD=changeme\n")
    half = {"AVITO_CLIENT_ID": "an-id", "AVITO_API_URL": "http://[::1", "DOMAIN": "https://x"}

    done = avito_live(tmp_path, "doctor", **half)

    wrong = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("✗ Settings")]
    assert wrong[:4] == ["AVITO_CLIENT_SECRET", "AVITO_USER_ID", "DOMAIN", "AVITO_API_URL"]
    assert {"ADMIN_PASSWORD", "SESSION_SECRET"} <= {*wrong}
    assert "the system is not running" in done.stdout
    assert (done.returncode, done.stderr) == (1, "")
    assert "SESSION_SECRET is missing" in avito_live(tmp_path, "settings").stdout
