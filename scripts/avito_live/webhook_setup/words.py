"""The messages of the commands, in Russian and English, from words.toml."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal, TypeAlias

from shared.command_names import named_for_here
from shared.printable import printable

Language: TypeAlias = Literal["ru", "en"]

WORDS: dict[str, tuple[str, str]] = tomllib.loads(
    files(__package__).joinpath("words.toml").read_text(encoding="utf-8")
)


def language_of(environ: Mapping[str, str]) -> Language:
    """Return Russian for a Russian locale, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "ru" if environ[name].lower().startswith("ru") else "en"
    return "en"


def say(language: Language, word: str, **values: object) -> str:
    """Return a message; values may come from outside."""
    shown = {name: printable(one) if isinstance(one, str) else one for name, one in values.items()}
    return named_for_here(WORDS[word][0 if language == "ru" else 1].format(**shown))
