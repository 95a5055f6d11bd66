"""A kind is added in worker/messages/kinds.py; these tests fail for each place that does not know it."""

import re
from functools import cache

import pytest
import yaml

from avito_live import PROJECT
from worker.features.forwarding.words import line
from worker.messages.deletion import DELETED
from worker.messages.kinds import KINDS

STATIC = PROJECT / "services/push-gateway/push_gateway/static"
TABLE = re.compile(r"^(?:export )?const KINDS = (.*?);$", re.MULTILINE | re.DOTALL)
WORDS = re.compile(r"^\ttype: \{(.*?)^\t\}", re.MULTILINE | re.DOTALL)
PANEL_HAS_NO_WORDS_FOR = {"text", "system"}
"""A message of these kinds is told by its own text alone."""
FORWARDED_WITHOUT_WORDS = {"text", "link", "system", DELETED}
"""A message of these kinds is forwarded by its own text or link, or never."""


def names_in(block: str) -> set[str]:
    """Return the words of a JavaScript literal that may be names: keys and quoted strings."""
    code = re.sub(r"//.*|/\*.*?\*/", "", block, flags=re.DOTALL)
    return set(re.findall(r"[A-Za-z_]\w*", code))


@cache
def panel_kinds() -> set[str]:
    """Return what stands in the panel's tables of kinds, the constants named KINDS."""
    tables: set[str] = set()
    for path in STATIC.rglob("*.js"):
        for table in TABLE.findall(path.read_text("utf-8")):
            tables |= names_in(table)
    return tables


@cache
def panel_words(language: str) -> set[str]:
    """Return the kinds for which the panel has words: the members of `type` in the language's files."""
    words: set[str] = set()
    for path in (STATIC / "words").rglob("*.js"):
        if language in (path.stem, path.parent.name):
            for block in WORDS.findall(path.read_text("utf-8")):
                words |= set(re.findall(r"^\t\t(\w+):", block, re.MULTILINE))
    return words


@pytest.mark.parametrize("kind", KINDS)
def test_the_websocket_document_names_every_kind(kind: str) -> None:
    document = yaml.safe_load((PROJECT / "docs/asyncapi.yaml").read_text("utf-8"))
    described = document["components"]["schemas"]["Message"]["properties"]["type"]["description"]

    assert kind in re.findall(r"\w+", described)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {DELETED}))
def test_the_panel_draws_every_kind(kind: str) -> None:
    assert kind in panel_kinds()


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - PANEL_HAS_NO_WORDS_FOR))
def test_the_panel_has_words_for_every_kind(kind: str, language: str) -> None:
    assert kind in panel_words(language)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - FORWARDED_WITHOUT_WORDS))
def test_a_forwarded_message_without_text_is_told_by_words_for_its_kind(kind: str) -> None:
    def told(name: str) -> str:
        return line({"message": {"type": name, "content": {}}}, {})

    assert told(kind) != told("a kind unknown to us")
