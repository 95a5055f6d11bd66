"""What ingest reads from the environment."""

import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest

from ingest import settings
from shared.settings import Logging, SettingsError

GOOD = {"WEBHOOK_SECRET": "secret-1"}


def test_one_secret_is_enough() -> None:
    assert settings.read(GOOD) == settings.Settings(
        host="127.0.0.1",
        port=8001,
        secrets=("secret-1",),
        redis_url="redis://127.0.0.1:6379/0",
        spool=Path("var/spool").absolute(),
        trusted=(),
        logging=Logging("text", "INFO"),
    )


def test_a_second_secret_counts_during_a_rotation() -> None:
    assert settings.read(GOOD | {"WEBHOOK_SECRET_PREVIOUS": "secret-0"}).secrets == ("secret-1", "secret-0")


def test_proxies_are_addresses_and_networks() -> None:
    read = settings.read(GOOD | {"TRUSTED_PROXIES": "10.0.0.1, fd00::/8"})

    assert read.trusted == (ip_network("10.0.0.1/32"), ip_network("fd00::/8"))


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        settings.read(
            {"INGEST_PORT": "many", "REDIS_URL": "http://x", "TRUSTED_PROXIES": "nginx", "LOG_FORMAT": "xml"}
        )

    named = [problem.split()[0] for problem in raised.value.problems]
    assert named == ["WEBHOOK_SECRET", "INGEST_PORT", "REDIS_URL", "TRUSTED_PROXIES", "LOG_FORMAT"]


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    shown = repr(settings.read(GOOD | {"REDIS_URL": "redis://:hidden@127.0.0.1:6379/0"}))

    assert "secret-1" not in shown
    assert "hidden" not in shown


def test_a_process_without_settings_ends_with_code_2_and_no_traceback(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ingest"], cwd=tmp_path, env={}, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2
    assert ended.stderr.startswith("settings: WEBHOOK_SECRET is missing")
    assert "Traceback" not in ended.stderr
