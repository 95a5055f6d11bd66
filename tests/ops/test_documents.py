"""The files, headings, commands and settings that the documents name exist."""

import re
from pathlib import Path

import pytest

from avito_live import PROJECT
from shared.settings import VARIABLES

DOCUMENTS = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("examples/*.md")])
OPERATIONS = [PROJECT / "docs" / f"{name}.md" for name in ("operations", "data", "scaling", "security")]
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_SETTING = re.compile(
    r"\b(?:AVITO|WEBHOOK|TELEGRAM|REDIS|INGEST|GATEWAY|WORKER|ADMIN|SESSION|KEEP|POLL|SWEEP|WATCH|LOG)_[A-Z_]+\b"
)


def headings(path: Path) -> set[str]:
    """Return the anchors of the headings as GitHub makes them."""
    lines = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for place, anchor in _LINK.findall(document.read_text(encoding="utf-8")):
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), place
        assert not anchor or target.suffix != ".md" or anchor in headings(target), (place, anchor)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make (?:-s )?([a-z][a-z-]+)", document.read_text("utf-8"), re.MULTILINE))

    assert named <= targets


@pytest.mark.parametrize("document", OPERATIONS, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(document: Path) -> None:
    named = set(_SETTING.findall(document.read_text(encoding="utf-8")))
    of_caddys_unit = {"INGEST_UPSTREAMS", "GATEWAY_UPSTREAMS"}
    of_commands = {"AVITO_LIVE_HOME", "REDIS_ADDRESS", "KEEP_TOKENS"}

    assert named - of_caddys_unit - of_commands - set(VARIABLES) == set()
