"""deploy/systemd: units that systemd finds correct and confined, and that give each service what it needs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared.settings import VARIABLES
from tests.deploy.proxies import DEPLOY
from tests.deploy.units import SERVICES, UNITS, read, words
from tests.support.lacking import lacking

SECRETS = {name for name, variable in VARIABLES.items() if variable.secret}
NEEDED = {
    "avito-ingest.service": {"WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS"},
    "avito-worker@.service": {
        *("AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET", "TELEGRAM_BOT_TOKEN"),
        *("WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS", "WEBHOOK_URL"),
    },
    "avito-gateway@.service": {"SESSION_SECRET", "ADMIN_PASSWORD"},
}
OF_ALL = {"REDIS_URL", "REDIS_SENTINEL_PASSWORD"}
INSTALL = re.compile(r"^cp deploy/systemd/avito-.*?^done$", re.MULTILINE | re.DOTALL)
MOST_EXPOSED = "25"
"""Of `systemd-analyze security`, in tenths."""


def analyze(*arguments: str, environ: dict[str, str] | None = None) -> tuple[int, list[str]]:
    """Run systemd-analyze; return its exit code and the lines that it says of our files."""
    program = shutil.which("systemd-analyze") or lacking("systemd-analyze")
    command = [program, "--man=no", *arguments]
    done = subprocess.run(command, env={**os.environ, **(environ or {})}, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode()
    return done.returncode, [line for line in said.splitlines() if "avito" in line]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A root directory in which the units are installed as docs/operations.md says."""
    folder = tmp_path / "etc/systemd/system"
    folder.mkdir(parents=True)
    steps = INSTALL.search((DEPLOY.parent / "docs/operations.md").read_text("utf-8"))
    assert steps
    script = steps[0].replace("/etc/systemd/system", str(folder))
    subprocess.run(["sh", "-eu", "-c", script], cwd=DEPLOY.parent, check=True)
    return tmp_path


def test_systemd_finds_nothing_wrong(installed: Path) -> None:
    folder = installed / "etc/systemd/system"
    units = [*folder.glob("*.service"), *folder.glob("*.socket")]
    for unit in units:
        unit.write_text(unit.read_text("utf-8").replace("/opt/avito-live/.venv/bin/python", "/bin/true"))

    found = analyze("verify", *map(str, units), environ={"SYSTEMD_UNIT_PATH": f"{folder}:"})

    assert (len(units), found) == (4, (0, []))


@pytest.mark.parametrize(
    "unit", ["avito-ingest.service", "avito-worker@1.service", "avito-gateway@8.service"]
)
def test_systemd_counts_each_service_as_little_exposed(installed: Path, unit: str) -> None:
    code, said = analyze(
        *("security", "--offline=true", f"--root={installed}", f"--threshold={MOST_EXPOSED}", unit)
    )

    assert (code, len(said)) == (0, 1), said


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_restarts_for_ever_and_runs_as_a_plain_user(name: str) -> None:
    unit = read(name)

    assert unit["Restart"] == ["always"]
    assert unit["StartLimitIntervalSec"] == ["0"], "given up after five starts in ten seconds"
    assert unit["RestartPreventExitStatus"] == ["2"]
    assert unit["User"] == ["avito"]
    assert unit["Requires"] == [], "a unit whose requirement failed is not tried again"


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_keeps_a_secret_that_it_does_not_need(name: str) -> None:
    assert SECRETS - words(name, "UnsetEnvironment") == NEEDED[name] | OF_ALL


@pytest.mark.parametrize("name", SERVICES)
def test_each_secret_that_a_service_needs_is_loaded_from_its_file_if_there_is_one(name: str) -> None:
    needed = sorted(NEEDED[name] | OF_ALL)

    assert sorted(read(name)["LoadCredential"]) == [f"{one}:/etc/avito-live/secrets/{one}" for one in needed]
    assert sorted(read(name)["SetCredential"]) == [rf"{one}:\n" for one in needed]


@pytest.mark.parametrize("name", SERVICES)
def test_the_command_is_a_service_that_starts_from_the_environment_alone(name: str, tmp_path: Path) -> None:
    program, *arguments = read(name)["ExecStart"][0].split()
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
    assert "\nRestart=always\n" in text
    assert "\nStartLimitIntervalSec=0\n" in text
    assert "Environment=UPSTREAMS=local.caddy" in text
    assert (DEPLOY / "caddy/local.caddy").exists()
