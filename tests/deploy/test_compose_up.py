"""`make up`, `down`, `logs`: the order of their calls to Docker, recorded by a fake docker."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from avito_live import PROJECT

Done = subprocess.CompletedProcess[str]

DOCKER = """#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in
    "compose ps -q ingest") cat "$FAKE/ingest" 2>/dev/null || true ;;
    "compose ps -q worker") echo w1; echo w2; echo w3 ;;
    "compose up -d --no-deps"*) [ -z "$SICK" ] || echo new1 >> "$FAKE/ingest" ;;
    "compose ps --format"*) [ -n "$SICK" ] || for _ in 1 2 3 4; do echo healthy; done ;;
    "info") [ -z "$NO_ENGINE" ] ;;
    "compose config --quiet") [ -z "$BAD_ENV" ] ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a folder for the script, with a fake `docker` first on PATH."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker").write_text(DOCKER)
    (tmp_path / "bin/docker").chmod(0o755)
    (tmp_path / "scripts").mkdir()
    for script in ("compose_up.sh", "compose_ready.sh"):
        (tmp_path / "scripts" / script).write_text((PROJECT / "scripts" / script).read_text())
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").write_text('#!/bin/sh\necho "ready: $*"\n')
    (tmp_path / ".venv/bin/python").chmod(0o755)
    (tmp_path / ".env").write_text("DOMAIN=panel.example.org\n")
    return tmp_path


def calling(project: Path, command: list[str], more: dict[str, str]) -> tuple[Done, list[str]]:
    """Run a command there and return its result and the calls to Docker."""
    calls = project / "calls"
    environ = {"PATH": f"{project}/bin:{os.environ['PATH']}", "CALLS": str(calls), "FAKE": str(project)}
    done = subprocess.run(
        command, cwd=project, env=environ | more, capture_output=True, text=True, check=False, timeout=60
    )
    return done, calls.read_text().splitlines() if calls.exists() else []


def up(project: Path, **more: str) -> tuple[Done, list[str]]:
    return calling(project, ["sh", "scripts/compose_up.sh"], more)


def test_the_first_start_builds_starts_waits_and_says_where_it_is(project: Path) -> None:
    done, calls = up(project)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "ready: -m avito_live compose-banner\n"
    assert [call for call in calls if call.startswith(("compose build", "compose up"))] == [
        "compose build",
        "compose up -d --wait --wait-timeout 180 --scale ingest=1 --scale worker=3 --scale push-gateway=1",
    ]


def test_an_upgrade_starts_the_new_ingests_before_it_stops_the_old_and_keeps_every_scale(
    project: Path,
) -> None:
    (project / "ingest").write_text("old1\nold2\n")

    done, calls = up(project)

    assert done.returncode == 0, done.stderr
    acts = [call for call in calls if call.startswith(("compose up", "compose build", "stop", "rm"))]
    assert acts == [
        "compose build",
        "compose up -d --no-deps --no-recreate --scale ingest=4 ingest",
        "stop --time 15 old1 old2",
        "rm old1 old2",
        "compose up -d --wait --wait-timeout 180 --scale ingest=2 --scale worker=3 --scale push-gateway=1",
    ]


def test_an_upgrade_that_fails_leaves_the_old_ingests_alone_and_no_new_ones(project: Path) -> None:
    (project / "ingest").write_text("old1\n")

    done, calls = up(project, SICK="1", UP_TRIES="1")

    assert done.returncode == 1
    assert "ingest does not get ready" in done.stderr
    assert "rm --force new1" in calls
    assert not [call for call in calls if "old1" in call]


@pytest.mark.parametrize(
    ("given", "words"),
    [({"NO_ENGINE": "1"}, "is not running"), ({"BAD_ENV": "1"}, "correct the settings named above")],
    ids=["no engine", "bad .env"],
)
def test_what_stands_in_the_way_is_said_before_anything_is_touched(
    project: Path, given: dict[str, str], words: str
) -> None:
    done, calls = up(project, **given)

    assert done.returncode == 1
    assert words in done.stderr
    assert not [call for call in calls if " up " in call or " build" in call]


def test_a_setting_that_compose_cannot_use_is_said_before_anything_is_touched(project: Path) -> None:
    (project / ".venv/bin/python").write_text('#!/bin/sh\necho "settings: REDIS_PASSWORD"\nexit 2\n')

    done, calls = up(project)

    assert (done.returncode, done.stdout, done.stderr, calls) == (2, "", "settings: REDIS_PASSWORD\n", [])


def test_without_an_env_it_says_make_init(project: Path) -> None:
    (project / ".env").unlink()

    done, calls = up(project)

    assert (done.returncode, calls) == (1, [])
    assert "make init" in done.stderr


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        ("down", "compose --profile monitoring down --remove-orphans"),
        ("logs", "compose logs --follow --tail 200"),
    ],
)
def test_down_and_logs_ask_docker_or_say_in_one_line_why_they_cannot(
    project: Path, target: str, asked: str
) -> None:
    (project / "Makefile").write_text((PROJECT / "Makefile").read_text())

    _, calls = calling(project, ["make", target], {})
    away, none = calling(project, ["make", target], {"NO_ENGINE": "1"})

    assert calls[-1] == asked
    assert asked not in none[len(calls) :]
    assert away.returncode == 2
    assert away.stderr.startswith(f"{target}: the Docker service is not running")


def test_without_docker_the_way_without_it_is_named(project: Path, tmp_path: Path) -> None:
    (project / "bin/docker").unlink()
    bare = tmp_path / "few"
    bare.mkdir()
    for tool in ("sh", "dirname"):
        (bare / tool).symlink_to(shutil.which(tool) or tool)

    done, _ = calling(project, [str(bare / "sh"), "scripts/compose_up.sh"], {"PATH": str(bare)})

    assert done.returncode == 1
    assert "Docker is not installed" in done.stderr
    assert "deploy/systemd" in done.stderr
