"""The tracked files of the project, and the parts of its pages that name them."""

import re
import subprocess
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"


@cache
def tracked_files() -> frozenset[str]:
    """Return the paths of all tracked files that exist, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return frozenset(path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file())


@cache
def tracked_folders() -> frozenset[str]:
    """Return every folder in which a tracked file lies."""
    return frozenset(str(PurePosixPath(path).parent) for path in tracked_files()) - {"."}


def section(page: Path, title: str) -> str:
    """Return what stands under a heading, up to the next heading of the same depth or a higher one."""
    text = page.read_text("utf-8")
    heading = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    assert heading, f"{page.name} has no heading {title!r}"
    rest = text[heading.end() :]
    end = re.search(rf"^#{{1,{len(heading[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest
