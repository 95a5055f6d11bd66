"""docs/security.md says who attacks and what holds; each row names tests that are there."""

import re

import pytest

from tests.house.tree import ROOT, section

_ROW = re.compile(r"^\| (?!who|--)(?P<who>[^|]+) \| [^|]+ \| [^|]+ \| (?P<tests>[^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"(\*?)`(?P<file>tests/[\w/]+\.py)(?:::(?P<name>test_\w+))?`\1")


def rows() -> list[str]:
    return [
        row["tests"]
        for row in _ROW.finditer(section(ROOT / "docs/security.md", "Who attacks, and what holds?"))
    ]


def test_there_are_rows() -> None:
    assert len(rows()) > 20


@pytest.mark.parametrize("tests", rows())
def test_each_row_names_tests_that_are_there(tests: str) -> None:
    named = list(_TEST.finditer(tests))
    assert ", ".join(one[0] for one in named) == tests
    for one in named:
        source = (ROOT / one["file"]).read_text("utf-8")
        assert one["name"] is None or f"def {one['name']}(" in source


@pytest.mark.parametrize("tests", rows())
def test_what_stands_in_italics_is_an_attack_that_make_fuzz_measures(tests: str) -> None:
    for one in _TEST.finditer(tests):
        source = (ROOT / one["file"]).read_text("utf-8")
        before = source.partition(f"def {one['name']}(")[0]
        marked = (
            "mark.attack" in before.rpartition("\n\n\n")[2]
            or "pytestmark = [pytest.mark.anyio, pytest.mark.attack]" in source
        )
        assert marked == bool(one[1]), one[0]
