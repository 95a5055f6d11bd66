"""deploy/systemd: units that systemd finds correct, and that give each service only what it needs."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared.settings import VARIABLES
from tests.deploy.proxies import DEPLOY

UNITS = DEPLOY / "systemd"
SERVICES = ("avito-ingest.service", "avito-worker@.service", "avito-gateway@.service")


def read(name: str, section: str = "Service") -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd tells upper from lower case
    parser.read(UNITS / name, encoding="utf-8")
    return parser[section]


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if not analyze:  # a container has no systemd, and installs none for a test
        pytest.skip("systemd-analyze is not installed")
    for unit in [*UNITS.glob("*.service"), *UNITS.glob("*.socket")]:
        text = unit.read_text(encoding="utf-8").replace("/opt/avito-live/.venv/bin/python", "/bin/true")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    units = [str(path) for path in sorted(tmp_path.iterdir())]

    done = subprocess.run(
        [analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )

    ours = [line for line in (done.stdout + done.stderr).splitlines() if "avito" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_restarts_is_confined_and_runs_as_a_plain_user(name: str) -> None:
    service = read(name)

    assert service["Restart"] == "always"
    assert read(name, "Unit")["StartLimitIntervalSec"] == "0", "given up after five starts in ten seconds"
    assert service["User"] == "avito"
    assert (service["ProtectSystem"], service["NoNewPrivileges"]) == ("strict", "yes")


def test_only_the_worker_keeps_the_keys_of_the_account() -> None:
    keys = {"AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET"}
    taken = {name: set(read(name).get("UnsetEnvironment", "").split()) for name in SERVICES}

    assert [keys <= taken[name] for name in SERVICES] == [True, False, True]
    assert all(names <= set(VARIABLES) for names in taken.values())


@pytest.mark.parametrize("name", SERVICES)
def test_the_command_is_a_service_that_starts_from_the_environment_alone(name: str, tmp_path: Path) -> None:
    program, *arguments = read(name)["ExecStart"].split()
    assert program == "/opt/avito-live/.venv/bin/python"

    done = subprocess.run(
        [sys.executable, *arguments],
        env={"PATH": os.environ["PATH"]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, "settings:" in done.stderr) == (2, True)


def test_caddys_own_unit_is_pointed_at_our_files() -> None:
    text = (UNITS / "caddy.service.d/avito-live.conf").read_text(encoding="utf-8")

    assert text.count("/opt/avito-live/deploy/caddy/Caddyfile") == 2
    assert "Environment=UPSTREAMS=local.caddy" in text
    assert (DEPLOY / "caddy/local.caddy").exists()
