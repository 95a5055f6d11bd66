"""Odd arguments, settings and streams end in one line that says what to do, never in a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from avito_live import PROJECT
from avito_live.command_line import COMMANDS, main
from testbed import RedisServer
from tests.scripts.running import AVITO_LIVE, avito_live, environment

MALFORMED = (
    "redis://:tell-nobody/42@redis.example/0",
    "redis://:tell?nobody@h:1",
    "http://tell-nobody",
    "redis://[x",
)
NOT_UTF8 = os.fsdecode(b"\xff")


@pytest.mark.parametrize("url", MALFORMED)
@pytest.mark.parametrize("command", ["status", "operator", "backup", "dead"])
def test_a_malformed_redis_url_is_a_wrong_setting_and_is_never_shown(
    command: str, url: str, tmp_path: Path
) -> None:
    done = avito_live(tmp_path, command, REDIS_URL=url)

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith("settings: REDIS_URL")
    assert "tell" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "url", ["redis://:tell-nobody/42@h/0", "redis://:a@tell#b@h/0", "redis://[tell-nobody"]
)
def test_settings_shows_nothing_of_a_malformed_url(url: str, tmp_path: Path) -> None:
    done = avito_live(tmp_path, "settings", REDIS_URL=url)

    assert done.returncode == 2, done.stderr
    assert f"(secret, {len(url)} characters)" in done.stdout
    assert "tell" not in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("forget", "--buyer"),
        ("subscribe", "--lang"),
        ("redrive", ""),
        ("backup", ""),
        ("restore-check", ""),
        ("restore", "/tmp"),
        ("operator", "role", "vera"),
        ("operator", "list", "vera"),
        ("operator", "praise", "vera"),
        ("operator", "add", ""),
        ("operator", "add", "vera", "olga"),
        ("token", "list", "7"),
        ("token", "revoke"),
        ("forget", "--buyer", "1_0"),
        ("forget", "--buyer", ""),
        ("forget", "--chat", ""),
        ("account", "５"),
        ("account", "-1"),
        ("redis-users", "--address", "redis:99999"),
        ("webhook", "praise"),
        ("praise",),
        ("",),
        ("--praise",),
        *((command, "--praise") for command in COMMANDS),
        *((command, "a", "b", "c") for command in COMMANDS),
    ],
)
def test_wrong_use_shows_a_usage_line(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code = main(arguments)

    assert code == 2
    assert capsys.readouterr().err.startswith("Usage: avito-live")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: avito-live {command} ")


@pytest.mark.parametrize(
    "module",
    ["ingest", "worker", "push_gateway", "avito_simulator", "bench", "chaos", "screenshots", "tests.fuzz"],
)
def test_no_program_starts_with_an_unknown_argument(module: str) -> None:
    command = [sys.executable, "-m", module, "--praise"]

    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr[:7]) == (2, "usage: ")


def test_an_output_without_cyrillic_letters_ends_no_command(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "run", GATEWAY_HOST="хост", LC_ALL="C", PYTHONIOENCODING="ascii")

    assert (done.returncode, done.stderr) == (2, "")
    assert "not '????'" in done.stdout


def test_a_backup_elsewhere_says_how_to_check_that_file(redis_server: RedisServer, tmp_path: Path) -> None:
    done = avito_live(tmp_path, "backup", tmp_path / "a copy.tar", REDIS_URL=redis_server.url)

    assert f"Try it now: make restore-check FILE='{tmp_path}/a copy.tar'" in done.stdout


def test_output_that_cannot_be_written_is_told_in_one_line(redis_server: RedisServer, tmp_path: Path) -> None:
    done = avito_live(tmp_path, "dead", first="exec >/dev/full", REDIS_URL=redis_server.url)

    assert (done.returncode, done.stderr) == (1, "The output cannot be written: No space left on device.\n")


def test_a_closed_standard_input_is_an_empty_one(tmp_path: Path) -> None:
    closed = ["sh", "-c", '"$@" <&-', "sh", *AVITO_LIVE, "init"]

    done = subprocess.run(closed, env=environment(tmp_path), capture_output=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr


def test_a_value_that_is_not_utf8_is_named_as_such_and_nothing_is_written(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "init", AVITO_CLIENT_ID=NOT_UTF8)

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "not text in UTF-8" in done.stderr
    assert not (tmp_path / ".env").exists()


def test_ctrl_c_while_the_libraries_load_leaves_no_traceback(tmp_path: Path) -> None:
    slow = tmp_path / "click.py"
    slow.write_text("raise KeyboardInterrupt")
    given = environment(tmp_path, {"PYTHONPATH": str(tmp_path)})

    done = subprocess.run(
        [*AVITO_LIVE, "status"], env=given, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


def test_the_scripts_of_the_webhook_explain_themselves(tmp_path: Path) -> None:
    def code_of(*command: str) -> int:
        return subprocess.run(
            command,
            env=environment(tmp_path, {"FORCE": "1"}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        ).returncode

    assert code_of(sys.executable, str(PROJECT / "scripts/setup_avito_webhook.py"), "--help") == 0
    assert code_of("sh", str(PROJECT / "scripts/setup_webhook.sh"), "status") == 2
