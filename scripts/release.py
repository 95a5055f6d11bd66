"""Keeps tag, version and changelog of a release together.

python scripts/release.py check TAG    exit code 1 and the reason where they do not agree
python scripts/release.py notes TAG    print the changelog's section of that version
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def section(changelog: str, name: str) -> str | None:
    """Return what stands below the heading of a version, or None without one."""
    found = re.search(
        rf"^## \[{re.escape(name)}\].*\n(?P<text>(?s:.*?))(?=^## \[|\Z)", changelog, re.MULTILINE
    )
    return found["text"].strip() if found else None


def is_dated(changelog: str, name: str) -> bool:
    """Tell whether the heading of a version has its day."""
    return bool(re.search(rf"^## \[{re.escape(name)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE))


def fault(tag: str, version: str, changelog: str) -> str | None:
    """Name what keeps this tag from being a release."""
    if not re.fullmatch(r"v\d+\.\d+\.\d+", tag):
        return f"{tag!r} is no tag of a release, such as v0.2.0"
    name = tag.removeprefix("v")
    if name != version:
        return f"the tag says {name}, shared/__init__.py {version}"
    if not is_dated(changelog, name) or not section(changelog, name):
        return f"CHANGELOG.md has no section '## [{name}] - YYYY-MM-DD' with entries"
    if section(changelog, "Unreleased"):
        return f"CHANGELOG.md has entries below [Unreleased]: they belong to {name}"
    return None


def main(arguments: list[str]) -> int:
    """Run the command; the exit code says how it went."""
    if len(arguments) != 2 or arguments[0] not in ("check", "notes"):
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    command, tag = arguments
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    (version,) = re.findall(
        r'^__version__ = "(.+)"$', (ROOT / "shared/__init__.py").read_text(), re.MULTILINE
    )
    if wrong := fault(tag, version, changelog):
        print(f"release: {wrong}", file=sys.stderr)
        return 1
    if command == "notes":
        print(section(changelog, tag.removeprefix("v")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
