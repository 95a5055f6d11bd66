"""docs/architecture.md follows a webhook, a reply and more through the files, and the files agree."""

import re
from dataclasses import dataclass

import pytest

from tests.house.tree import ARCHITECTURE, ROOT, section

_STEP = re.compile(r"^\d+\. \[`[^`]+`\]\((?P<link>[^)]+)\) (?P<names>(?:`[^`]+`(?:, )?)+): \S", re.MULTILINE)
_NUMBERED = re.compile(r"^\d+\. ", re.MULTILINE)
MOST_FILES = {
    "One webhook": 18,
    "One reply": 22,
    "One reconnect": 10,
    "A deleted message": 14,
    "What rings and waits": 8,
    "A message of a new kind": 12,
}


@dataclass(frozen=True)
class Step:
    link: str
    names: list[str]


def steps(walk: str) -> list[Step]:
    text = section(ARCHITECTURE, walk)
    found = [Step(one["link"], re.findall(r"`([^`]+)`", one["names"])) for one in _STEP.finditer(text)]
    assert len(found) == len(_NUMBERED.findall(text)), "a step is not written as: link, names, sentence"
    return found


@pytest.mark.parametrize("walk", MOST_FILES)
def test_each_step_links_to_a_file_that_holds_what_the_step_names(walk: str) -> None:
    for step in steps(walk):
        file = (ARCHITECTURE.parent / step.link).resolve()
        assert file.is_relative_to(ROOT)
        text = file.read_text("utf-8")
        assert [name for name in step.names if name not in text] == [], step.link


@pytest.mark.parametrize("walk", MOST_FILES)
def test_a_walk_opens_few_files(walk: str) -> None:
    assert len({step.link for step in steps(walk)}) <= MOST_FILES[walk]
