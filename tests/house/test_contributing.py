"""CONTRIBUTING.md says which files one change touches, and the files are there."""

import re

import pytest

from tests.house.tree import CONTRIBUTING, section, tracked_files, tracked_folders

CHANGES = [
    "a message type",
    "a body that Avito really sent",
    "an Avito operation",
    "a chat field",
    "a setting",
    "a feature",
    "a panel dialog",
    "a Lua script",
    "a command",
    "a metric",
]
_ROW = re.compile(r"^\| \*\*(?P<change>[^*]+)\*\* \| (?P<files>.+) \|$", re.MULTILINE)


def table() -> dict[str, list[str]]:
    rows = _ROW.finditer(section(CONTRIBUTING, "What one change touches"))
    return {row["change"]: re.findall(r"`([^`]+)`", row["files"]) for row in rows}


def test_the_table_answers_each_kind_of_change() -> None:
    assert list(table()) == CHANGES


@pytest.mark.parametrize("change", CHANGES)
def test_each_file_that_a_change_touches_is_there(change: str) -> None:
    known = tracked_files() | tracked_folders()
    files = table()[change]
    assert len(files) >= 2
    assert [file for file in files if file.rstrip("/") not in known] == []
