"""Both languages have the same messages, and no message has a secret."""

import string

import pytest

from avito_live.webhook_setup import words
from avito_live.webhook_setup.words import WORDS
from shared import masking


@pytest.mark.parametrize("sentence", WORDS.values(), ids=WORDS)
def test_both_languages_have_the_same_blanks(sentence: tuple[str, str]) -> None:
    russian, english = (
        {field for _, field, _, _ in string.Formatter().parse(text) if field} for text in sentence
    )

    assert russian == english


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ru_RU.UTF-8"}, "ru"),
        ({}, "en"),
    ],
)
def test_the_language_is_the_users(environ: dict[str, str], language: str) -> None:
    assert words.language_of(environ) == language


def test_our_url_is_shown_without_its_secret_and_login() -> None:
    url = "https://user:pass@panel.example.org/admin/avito/webhook/very-secret"

    assert masking.masked_url(url) == "https://panel.example.org/admin/avito/webhook/•••"
