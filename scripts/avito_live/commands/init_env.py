"""Writes `.env` from `.env.example` with random secrets; an existing one stays untouched."""

import os
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from avito_live import env_file, file_errors
from avito_live.output import tell
from avito_live.runner import configuration
from avito_live.runner.errors import RunError
from shared.settings import Environment

_QUESTIONS = {
    "AVITO_CLIENT_ID": "Client id of the Avito account",
    "AVITO_CLIENT_SECRET": "Its client secret (not shown)",
    "AVITO_USER_ID": "Number of the account",
    "DOMAIN": "Public host of this installation, without https://",
}
_TAKEN = (*_QUESTIONS, "AVITO_API_URL", "ADMIN_USERNAME", "ADMIN_PASSWORD")
# Without l, o, 0 and 1, which are easily confused; 20 of these 32 are 100 bits.
_READABLE = "abcdefghijkmnpqrstuvwxyz23456789"


@click.command
def init() -> int:
    """Write .env with random secrets.

    Asks on a terminal for the account and the public host. DOMAIN, AVITO_CLIENT_ID, AVITO_CLIENT_SECRET,
    AVITO_USER_ID, AVITO_API_URL, ADMIN_USERNAME and ADMIN_PASSWORD are taken from the environment. Exit code
    1 if there is an .env already: it stays as it is.
    """
    path = configuration.home(os.environ) / ".env"
    if path.exists():
        tell(f"{path} exists already and stays as it is: edit it, or move it away first.")
        return 1
    try:
        write_env({**os.environ, **(_ask() if sys.stdin.isatty() else {})})
    except OSError as error:
        raise RunError(f"Nothing was written: {file_errors.words_of(error)}") from None
    tell(f"Wrote {path} (only you can read it). `make settings` shows it, `make run` starts.")
    return 0


def write_env(environ: Mapping[str, str]) -> Path:
    """Write `.env` and return its path. Raises SettingsError, and OSError if it exists already."""
    path = configuration.home(environ) / ".env"
    groups = ("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(4))
    made_up = {
        "ADMIN_USERNAME": "owner",
        "ADMIN_PASSWORD": "-".join(groups),
        "WEBHOOK_SECRET": secrets.token_hex(24),
        "SESSION_SECRET": secrets.token_hex(32),
        "REDIS_PASSWORD": secrets.token_hex(24),
        "GRAFANA_PASSWORD": secrets.token_hex(12),
    }
    template = configuration.template(".env.example").read_text(encoding="utf-8")
    text = env_file.changed(template, made_up | _taken_from(environ))
    path.parent.mkdir(parents=True, exist_ok=True)
    env_file.write_new(path, text)
    return path


def _taken_from(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the values given by the caller, as in `make init DOMAIN=…`. Raises SettingsError."""
    given = {name: environ[name].strip() for name in _TAKEN if environ.get(name, "").strip()}
    checked = Environment(given)
    checked.problems += [
        f"{name} must not contain spaces, quotes, backslashes, # or $"
        for name, value in given.items()
        if re.search(r"[\s'\"\\#$`]", value)
    ]
    if domain := checked.host("DOMAIN"):
        given["DOMAIN"] = domain
    if "AVITO_USER_ID" in given:
        checked.whole("AVITO_USER_ID", 1)
    checked.finish()
    return given


def _ask() -> dict[str, str]:
    tell("Press Enter to skip a question: without the three keys `make run` shows a demo.")
    return {
        name: click.prompt(f"{question} ({name})", "", hide_input="SECRET" in name, show_default=False)
        for name, question in _QUESTIONS.items()
        if not os.environ.get(name)
    }
