"""Prints what a group of pyproject.toml needs: its lines of constraints.txt, versions with their hashes.

    python3 scripts/requirements.py GROUP         prints those of one group, or of `image`
    python3 scripts/requirements.py --folder DIR  writes DIR/GROUP.txt for every group that has all its pins

It runs before any library is there: Python 3.11 or newer is all it needs.
"""

import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
IMAGE = "image"
"""What deploy/Dockerfile installs: the extra `cli`, which holds every service."""


class MissingPinError(Exception):
    """A package of pyproject.toml has no version in constraints.txt."""


def main(arguments: list[str]) -> int:
    """Print or write the lists; returns the exit code."""
    project = read_project()
    groups = project["dependency-groups"]
    try:
        match arguments:
            case ["--folder", folder]:
                for group in groups:
                    with suppress(MissingPinError):
                        Path(folder, f"{group}.txt").write_text(
                            requirements(project, group), encoding="utf-8"
                        )
            case [group] if group in {*groups, IMAGE}:
                sys.stdout.write(requirements(project, group))
            case [group] if not group.startswith("-"):
                sys.stderr.write(f"There is no group {group!r}, but {', '.join([*groups, IMAGE])}\n")
                return 2
            case _:
                sys.stderr.write(f"Usage: {Path(__file__).name} GROUP | --folder DIR\n")
                return 2
    except MissingPinError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def read_project() -> dict[str, Any]:
    """Read pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements(project: dict[str, Any], group: str) -> str:
    """Return the lines of one group, each a package with its hashes."""
    included = {group, *includes(project, group)}
    extras = own_extras(project, group)
    named = {
        one for name in included for one in project["dependency-groups"].get(name, ()) if isinstance(one, str)
    }
    if extras:
        named |= of_extras(project, extras)
    lines = pinned(group)
    missing = {name_of(one) for one in named} - {name_of(line) for line in lines}
    if missing:
        raise MissingPinError(f"constraints.txt lacks {', '.join(sorted(missing))}: make constraints")
    if "run" in included:  # installed in place, and anew when one of these changes
        parts = [project["project"], project["build-system"], project["tool"]["hatch"]]
        digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        lines.insert(0, f"# The project itself: {digest}")
    return "".join(f"{line}\n" for line in lines)


def own_extras(project: dict[str, Any], group: str) -> tuple[str, ...]:
    """Return the project's own extras that a group needs."""
    if group == IMAGE:
        return ("cli",)
    return ("run",) if "run" in {group, *includes(project, group)} else ()


def includes(project: dict[str, Any], group: str) -> Iterator[str]:
    """Yield the groups that this one includes."""
    for one in project["dependency-groups"].get(group, ()):
        if isinstance(one, dict):
            yield one["include-group"]
            yield from includes(project, one["include-group"])


def of_extras(project: dict[str, Any], extras: tuple[str, ...]) -> set[str]:
    """Return the project's requirements with these extras, some of which name others."""
    own = re.compile(rf"{project['project']['name']}\[(.+)\]")
    found = set(project["project"]["dependencies"])
    for extra in extras:
        for one in project["project"]["optional-dependencies"][extra]:
            names = own.fullmatch(one)
            found |= of_extras(project, tuple(names[1].split(","))) if names else {one}
    return found


def name_of(requirement: str) -> str:
    """Return the normal form of the name that a requirement begins with."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


def pinned(group: str) -> list[str]:
    """Return the lines of a group, hashes and all; the comment below each says for which groups it is."""
    text = CONSTRAINTS.read_text(encoding="utf-8").replace("\\\n", "")
    pins = re.findall(r"^(\w.*)\n +# for (.*)", text, re.MULTILINE)
    return [" ".join(pin.split()) for pin, groups in pins if group in groups.split(", ")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
