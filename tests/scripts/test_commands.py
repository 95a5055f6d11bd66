"""The first commands on a new machine: `make`, and the set-up in a plain shell."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from avito_live import PROJECT


def run(*command: str, folder: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={"PATH": path or os.environ["PATH"], "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Make the files that the set-up reads, in a folder with a space in its name."""
    folder = tmp_path / "my clone"
    (folder / "scripts").mkdir(parents=True)
    for name in ("pyproject.toml", "constraints.txt", "scripts/setup.sh", "scripts/requirements.py"):
        shutil.copy(PROJECT / name, folder / name)
    return folder


def only(folder: Path, **programs: str) -> str:
    """Make a PATH with these shell scripts and a few plain tools."""
    bin_ = folder / "bin"
    bin_.mkdir()
    for name, text in programs.items():
        (bin_ / name.replace("_", ".")).write_text(f"#!/bin/sh\n{text}\n")
        (bin_ / name.replace("_", ".")).chmod(0o755)
    for tool in ("cat", "cksum", "dirname", "id", "mkdir", "rm", "sed", "sh"):
        (bin_ / tool).symlink_to(str(shutil.which(tool)))
    return str(bin_)


def test_make_lists_every_target_with_its_purpose() -> None:
    text = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^\.PHONY: ([a-z-]+)$", text, re.MULTILINE)

    done = run("make", folder=PROJECT)

    assert done.returncode == 0, done.stderr
    assert re.findall(r"^  make ([a-z-]+)  +\S", done.stdout, re.MULTILINE) == targets


def test_every_shell_script_is_plain_shell() -> None:
    for script in (PROJECT / "scripts").glob("*.sh"):
        assert run("sh", "-n", str(script), folder=PROJECT).returncode == 0, script


def test_an_old_python_is_said_in_one_line(clone: Path, tmp_path: Path) -> None:
    path = only(tmp_path, python3='case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac')

    done = run("sh", "scripts/setup.sh", folder=clone, path=path)

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "needs Python 3.11 or newer, here is Python 3.9.2" in done.stderr


def test_no_python_is_said_in_one_line(clone: Path, tmp_path: Path) -> None:
    done = run("sh", "scripts/setup.sh", folder=clone, path=only(tmp_path))

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "here is no python3" in done.stderr


def test_a_python_that_can_make_no_venv_is_said_in_one_line(clone: Path, tmp_path: Path) -> None:
    python = """case "$*" in
        --version) echo Python 3.12.1;;
        *"venv --without-pip .venv") mkdir .venv;;
        *pip*) exit 1;;
    esac"""

    done = run("sh", "scripts/setup.sh", folder=clone, path=only(tmp_path, python3=python))

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "apt install python3-venv" in done.stderr
    assert not (clone / ".venv").exists()


def test_a_python_that_was_chosen_and_does_not_fit_is_said_in_one_line(clone: Path) -> None:
    done = run("env", "PYTHON=/nowhere/python", "sh", "scripts/setup.sh", folder=clone)

    assert (done.returncode, done.stderr) == (
        1,
        "setup: PYTHON=/nowhere/python is no Python 3.11 or newer here\n",
    )
    assert not (clone / ".venv").exists()


def test_a_path_that_the_locale_cannot_spell_is_no_hindrance() -> None:
    (names,) = (PROJECT / ".venv").glob("lib/python3*/site-packages/_avito_live.pth")

    assert all(line.startswith("../../../..") for line in names.read_text("utf-8").splitlines())


def test_each_group_of_a_target_has_its_packages_with_hashes_and_no_address() -> None:
    groups = set(re.findall(r"needs-([a-z]+)", (PROJECT / "Makefile").read_text("utf-8")))
    lists = [run("python3", "scripts/requirements.py", group, folder=PROJECT) for group in sorted(groups)]

    for line in "".join(done.stdout for done in lists).splitlines():
        assert re.fullmatch(r"\S+==\S+( ; .+?)?( --hash=sha256:[0-9a-f]{64})+|# The project .*", line)
    assert {"run", "test", "check", "bench", "docs"} < groups
    assert [(done.returncode, bool(done.stdout)) for done in lists] == [(0, True)] * len(groups)
    assert "://" not in (PROJECT / "constraints.txt").read_text("utf-8")


def test_everything_is_every_group() -> None:
    groups = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    every = {one["include-group"] for one in groups["all"]}
    included = {one["include-group"] for name in groups for one in groups[name] if isinstance(one, dict)}

    assert every | included == set(groups) - {"all"}
