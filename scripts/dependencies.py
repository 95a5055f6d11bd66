"""Writes the tables of docs/dependencies.md: version, release date and licence of all in constraints.txt.

`make dependencies`. uv names the dates, pip the licences; both ask the package index. What stands above the
tables stays. tests/house/test_dependencies.py judges them.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import which
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/dependencies.md"
TABLES = re.compile(r"(?<=<!-- tables: make dependencies -->\n).*\Z", re.DOTALL)
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)
SPELLINGS = {
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "MIT style": "MIT",
    "MIT, BSD": "MIT AND BSD-3-Clause",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
READ = {"axe-playwright-python": "MIT AND MPL-2.0"}
"""Read in the package's files, where its metadata names none: axe-core, which it holds, is MPL-2.0."""

Metadata = dict[str, Any]


def main() -> int:
    """Ask, and write the page. Returns the exit code."""
    uv = Path(sys.executable).with_name("uv")
    program = str(uv) if uv.exists() else which("uv")
    if program is None:
        print("dependencies: uv is not here: pip install uv", file=sys.stderr)
        return 1
    pins = dict(PIN.findall((ROOT / "constraints.txt").read_text("utf-8")))
    try:
        text = tables(released(program, pins), metadata_of(pins))
    except subprocess.CalledProcessError as error:
        print(f"dependencies: {Path(error.cmd[0]).name} failed, see above", file=sys.stderr)
        return 1
    PAGE.write_text(TABLES.sub(lambda _: text, PAGE.read_text("utf-8")), "utf-8")
    print(f"dependencies: {len(pins)} packages, written to {PAGE.relative_to(ROOT)}.")
    return 0


def released(uv: str, pins: dict[str, str]) -> dict[str, date]:
    """Return the day on which each pinned version was released."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, lock = Path(folder, "wanted.in"), Path(folder, "pylock.toml")
        wanted.write_text(as_lines(pins), "utf-8")
        how = ("--no-deps", "--universal", "--no-config", "--quiet", "--format=pylock.toml")
        subprocess.run(
            [uv, "pip", "compile", *how, wanted, "-o", lock], stdout=subprocess.DEVNULL, check=True
        )
        locked = tomllib.loads(lock.read_text("utf-8"))["packages"]
    files = {one["name"]: [one.get("sdist"), *one.get("wheels", ())] for one in locked}
    return {name: min(file["upload-time"] for file in given if file).date() for name, given in files.items()}


def metadata_of(pins: dict[str, str]) -> list[Metadata]:
    """Return the metadata of each package, which pip reads without installing it."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, report = Path(folder, "wanted.txt"), Path(folder, "report.json")
        wanted.write_text(as_lines(pins), "utf-8")
        how = ("--dry-run", "--ignore-installed", "--no-deps", "--quiet", f"--report={report}")
        subprocess.run([sys.executable, "-m", "pip", "install", *how, f"--requirement={wanted}"], check=True)
        return [one["metadata"] for one in json.loads(report.read_text("utf-8"))["install"]]


def as_lines(pins: dict[str, str]) -> str:
    """Return a list of requirements without hashes and markers."""
    return "".join(f"{name}=={version}\n" for name, version in pins.items())


def tables(days: dict[str, date], packages: list[Metadata]) -> str:
    """Return the page's tables: what runs the system, and the tools of its developers."""
    by_name = {str(canonicalize_name(one["name"])): one for one in packages}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *(one for each in project["optional-dependencies"].values() for one in each),
    ]
    running = reached(map(Requirement, asked), by_name)
    day = datetime.now(UTC).date()
    return (
        f"\nMade on {day}.\n\n"
        f"## What runs the system\n\n{table(running, days, by_name)}\n"
        f"## Tools for development\n\n{table(by_name.keys() - running, days, by_name)}"
    )


def table(names: Iterable[str], days: dict[str, date], by_name: Mapping[str, Metadata]) -> str:
    """Return the rows of some packages."""
    rows = [
        f"| {name} | {by_name[name]['version']} | {days[name]} | {licence(by_name[name])} |\n"
        for name in sorted(names)
    ]
    return "| package | version | released | licence |\n|---|---|---|---|\n" + "".join(rows)


def reached(asked: Iterable[Requirement], by_name: Mapping[str, Metadata]) -> set[str]:
    """Return the packages that these requirements bring, with those of their extras."""
    seen: set[tuple[str, str]] = set()
    waiting = [(canonicalize_name(one.name), extra) for one in asked for extra in ("", *one.extras)]
    while waiting:
        name, extra = here = waiting.pop()
        if here in seen or name not in by_name:  # the project's own extras are asked for as well
            continue
        seen.add(here)
        for needed in map(Requirement, by_name[name].get("requires_dist", ())):
            asks = "extra" in str(needed.marker or "")  # what is of another platform is listed all the same
            if not asks or (needed.marker and needed.marker.evaluate({"extra": extra})):
                waiting += [(canonicalize_name(needed.name), each) for each in ("", *needed.extras)]
    return {name for name, _ in seen}


def licence(package: Metadata) -> str:
    """Return the licence as SPDX spells it where that is clear, `unknown` where nothing is said."""
    if given := READ.get(canonicalize_name(package["name"])) or package.get("license_expression"):
        return str(given)
    said = str(package.get("license", "")).strip()
    if said not in {"", "UNKNOWN"} and len(said) < len("Apache License, Version 2.0 "):
        return SPELLINGS.get(said, said)
    if "Neither the name of" in said:
        return "BSD-3-Clause"
    named = [
        one.rpartition(" :: ")[2] for one in package.get("classifier", ()) if one.startswith("License ::")
    ]
    return " AND ".join(SPELLINGS.get(one, one) for one in named) or "unknown"


if __name__ == "__main__":
    sys.exit(main())
