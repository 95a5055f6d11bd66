"""What `make setup` makes of a group, from an index in a folder, with uv and with pip."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from avito_live import PROJECT

PYPROJECT = """
[build-system]
[project]
name = "avito-live"
[tool.hatch]
[dependency-groups]
small = ["first"]
large = [{ include-group = "small" }, "second"]
"""
WAYS = ("pip", "uv")


@dataclass(frozen=True)
class Clone:
    """A folder with what the set-up reads, and an index with packages of one module each."""

    folder: Path
    index: Path
    programs: Path

    def add(self, name: str, groups: str, *, text: str = "", sha256: str = "") -> None:
        """Put a package into the index and into the constraints, with this hash or its own."""
        file = self.index / f"{name}-1.0-py3-none-any.whl"
        files = {
            f"{name}.py": text,
            f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = f"{name}-1.0.dist-info/RECORD"
        with ZipFile(file, "w") as wheel:
            for path, content in files.items():
                wheel.writestr(path, content)
            rows = [f"{path},sha256={_digest(content)},{len(content)}" for path, content in files.items()]
            wheel.writestr(record, "\n".join([*rows, f"{record},,", ""]))
        sha256 = sha256 or hashlib.sha256(file.read_bytes()).hexdigest()
        with (self.folder / "constraints.txt").open("a") as constraints:
            constraints.write(f"{name}==1.0 \\\n    --hash=sha256:{sha256}\n    # for {groups}\n")

    def setup(self, group: str, way: str = "uv", **given: str) -> subprocess.CompletedProcess[str]:
        """Run the set-up for a group, with uv on the PATH or without."""
        path = os.pathsep.join(
            [str(self.programs)] * (way == "uv")
            + [one for one in os.environ["PATH"].split(os.pathsep) if not Path(one, "uv").exists()]
        )
        index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.index)}
        index |= {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(self.index), "UV_CACHE_DIR": f"{self.index}/cache"}
        return subprocess.run(
            ["sh", "scripts/setup.sh", group],
            cwd=self.folder,
            env={
                "PATH": path,
                "LANG": "C.UTF-8",
                "HOME": str(self.index),
                "PYTHON": PYTHON,
                **index,
                **given,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    @property
    def installed(self) -> set[str]:
        """The packages in .venv."""
        return {path.name for path in (self.folder / ".venv").glob("lib/python3*/site-packages/*.dist-info")}

    def module(self, name: str) -> Path:
        """Return the file of an installed module."""
        (path,) = (self.folder / ".venv").glob(f"lib/python3*/site-packages/{name}.py")
        return path


PYTHON = os.path.realpath(sys.executable)


def _digest(content: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Make a clone with two groups, in a folder with a space in its name."""
    made = Clone(tmp_path / "my clone", tmp_path / "index", tmp_path / "bin")
    for folder in (made.folder / "scripts", made.index, made.programs):
        folder.mkdir(parents=True)
    for name in ("setup.sh", "requirements.py"):
        shutil.copy(PROJECT / "scripts" / name, made.folder / "scripts")
    (made.folder / "pyproject.toml").write_text(PYPROJECT)
    (made.programs / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    made.add("first", "large, small")
    made.add("second", "large")
    return made


@pytest.mark.parametrize("way", WAYS)
def test_a_group_brings_what_it_needs_and_no_more(clone: Clone, way: str) -> None:
    small = clone.setup("small", way)
    of_small = clone.installed
    large = clone.setup("large", way)

    assert (small.returncode, large.returncode) == (0, 0), small.stderr + large.stderr
    assert f"what `small` needs, with {way} (packages: 1)" in small.stdout
    assert of_small == {"first-1.0.dist-info"}
    assert clone.installed == of_small | {"second-1.0.dist-info"}


@pytest.mark.parametrize("way", WAYS)
def test_a_file_with_another_hash_is_refused_in_one_line(clone: Clone, way: str) -> None:
    clone.setup("small", way)
    (clone.folder / "constraints.txt").write_text("")
    clone.add("first", "large, small")
    clone.add("second", "large", sha256="0" * 64)

    done = clone.setup("large", way)

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert "not the one that constraints.txt names" in done.stderr
    assert clone.installed == {"first-1.0.dist-info"}


@pytest.mark.parametrize("way", WAYS)
def test_without_an_index_it_ends_in_one_line_and_goes_on_the_next_time(clone: Clone, way: str) -> None:
    away = clone.index.rename(clone.index.with_name("away"))
    clone.index.mkdir()
    failed = clone.setup("small", way)
    shutil.rmtree(clone.index)
    away.rename(clone.index)

    done = clone.setup("small", way)

    assert (failed.returncode, len(failed.stderr.splitlines())) == (1, 1), failed.stderr
    assert "run this again, it continues where it stopped" in failed.stderr
    assert (done.returncode, clone.installed) == (0, {"first-1.0.dist-info"}), done.stderr


def test_a_uv_that_finds_nothing_leaves_it_to_pip(clone: Clone) -> None:
    done = clone.setup("small", "uv", UV_FIND_LINKS="")

    assert (done.returncode, clone.installed) == (0, {"first-1.0.dist-info"}), done.stderr


@pytest.mark.parametrize("way", WAYS)
def test_what_was_interrupted_in_the_middle_is_installed_again(clone: Clone, way: str) -> None:
    clone.setup("small", way)
    clone.module("first").unlink()
    (installer,) = (clone.folder / ".venv").glob("lib/*/*/first-1.0.dist-info/INSTALLER")
    installer.unlink()
    (clone.folder / ".venv/installed/small.txt").unlink()

    done = clone.setup("small", way)

    assert done.returncode == 0, done.stderr
    assert clone.module("first").exists()


def touched(clone: Clone) -> dict[str, str]:
    for path in (clone.folder / "scripts/setup.sh", clone.folder / "constraints.txt"):
        os.utime(path, (1, 1))
    return {}


def changed(name: str, text: str) -> Callable[[Clone], dict[str, str]]:
    def change(clone: Clone) -> dict[str, str]:
        with (clone.folder / name).open("a") as file:
            file.write(text)
        return {}

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda _: {"LC_ALL": "C", "LANG": "C", "TZ": "Asia/Tokyo"},
        touched,
        changed("pyproject.toml", "[tool.ruff]\nline-length = 9\n"),
        changed("scripts/setup.sh", "# a remark\n"),
        changed("constraints.txt", f"third==1.0 \\\n    --hash=sha256:{0:064}\n    # for large\n"),
    ],
    ids=["locale and time zone", "touched files", "a linter's setting", "the script", "another group"],
)
def test_what_changes_no_package_installs_nothing(
    clone: Clone, change: Callable[[Clone], dict[str, str]]
) -> None:
    clone.setup("small")

    done = clone.setup("small", **change(clone))

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_group_within_another_is_there_with_it(clone: Clone) -> None:
    clone.setup("large")

    done = clone.setup("small")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_version_that_changed_is_installed_for_each_group_that_asks(clone: Clone) -> None:
    clone.setup("large")
    before = (clone.folder / "constraints.txt").read_text()
    (clone.folder / "constraints.txt").write_text("")
    clone.add("first", "large, small", text="new = True\n")
    clone.add("second", "large")
    shutil.rmtree(clone.module("first").parent / "first-1.0.dist-info")

    clone.setup("small")
    assert "new" in clone.module("first").read_text()
    (clone.folder / "constraints.txt").write_text(before)

    assert "`large` needs" in clone.setup("large").stdout


def test_a_new_python_of_the_system_gets_a_new_venv(clone: Clone) -> None:
    clone.setup("small")
    (lib,) = (clone.folder / ".venv/lib").glob("python3*")
    lib.rename(lib.with_name("python3.1"))

    done = clone.setup("small")

    assert "making .venv" in done.stdout
    assert clone.installed == {"first-1.0.dist-info"}


def test_a_group_that_is_not_there_is_named_with_those_that_are(clone: Clone) -> None:
    for group in ("middle", "image", ""):
        done = clone.setup(group)

        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"setup: there is no group '{group}', but small, large\n"
        assert not (clone.folder / ".venv").exists()
