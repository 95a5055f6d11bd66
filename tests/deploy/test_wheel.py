"""Wheel and sdist, built here, installed in an environment of their own and run in an empty folder."""

import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from avito_live import PROJECT
from tests.scripts.runner.test_run import READY, chats_once_there_are_some, stop
from tests.scripts.running import run_started
from tests.support.lacking import lacking

pytestmark = pytest.mark.timeout(300)
PINNED = re.compile(r"^[\w.-]+==[^\s;\\]+(?: *;[^\\\n]*)?", re.MULTILINE)


def built(source: Path, target: Path, *kinds: str) -> list[Path]:
    """Build these kinds of distributions from a source tree."""
    for kind in kinds:
        command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
        subprocess.run(command, cwd=source, check=True, capture_output=True)
    return sorted(target.iterdir())


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The sdist and the wheel."""
    return built(PROJECT, tmp_path_factory.mktemp("dist"), "sdist", "wheel")


@pytest.fixture(scope="module")
def wheel(distributions: list[Path]) -> Path:
    (found,) = (path for path in distributions if path.suffix == ".whl")
    return found


@pytest.fixture(scope="module")
def command_line(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel and its extra `run`."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    constraints = folder / "constraints.txt"
    pinned = PINNED.findall((PROJECT / "constraints.txt").read_text(encoding="utf-8"))
    constraints.write_text("\n".join(pinned), encoding="utf-8")
    install(folder / "bin/python", f"{wheel}[run]")
    return folder / "bin/python"


def install(python: Path, what: str) -> None:
    options = ["--quiet", "--disable-pip-version-check", "--no-compile", "--prefer-binary"]
    constraints = str(python.parents[1] / "constraints.txt")
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", *options]
    done = subprocess.run(
        [*command, "-c", constraints, what], capture_output=True, text=True, check=False, timeout=280
    )
    if "No matching distribution" in done.stderr or "Connection" in done.stderr:
        lacking("what the wheel needs")
    assert done.returncode == 0, done.stderr


def test_the_sdist_builds_the_same_wheel(distributions: list[Path], wheel: Path, tmp_path: Path) -> None:
    (sdist,) = (path for path in distributions if path.suffix == ".gz")
    subprocess.run(["tar", "-xf", str(sdist), "-C", str(tmp_path)], check=True)
    (source,) = tmp_path.iterdir()

    (from_sdist,) = built(source, tmp_path / "dist", "wheel")

    one, other = (
        {info.filename: info.CRC for info in zipfile.ZipFile(path).infolist()} for path in (wheel, from_sdist)
    )
    assert one == other


@pytest.mark.slow
def test_the_wheel_runs_the_whole_system_in_an_empty_folder(command_line: Path, tmp_path: Path) -> None:
    program = (str(command_line.with_name("avito-live")),)

    with run_started(tmp_path, program, tmp_path, AVITO_LIVE_HOME="") as run:
        said = run.until(READY)
        shown = chats_once_there_are_some(said)
        ended = stop(run)

    assert shown
    assert f"Wrote {tmp_path}/.env" in said
    assert f"Starting Avito Live in {tmp_path}: data in var/demo, logs in var/log" in said
    assert "`avito-live run` starts it again" in ended
    assert "make " not in said + ended
    assert {path.name for path in tmp_path.iterdir()} == {".env", "var"}


@pytest.mark.slow
def test_where_nothing_runs_the_wheel_names_its_own_command(command_line: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [command_line.with_name("avito-live"), "status"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == "Nothing is running here: start it with `avito-live run`, or set REDIS_URL.\n"
