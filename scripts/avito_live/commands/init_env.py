"""Writes `.env` from `.env.example` with random secrets; an existing one stays untouched."""

import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from getpass import getpass
from pathlib import Path

import click

from avito_live import env_file, interruptible
from avito_live.runner import configuration
from avito_live.runner.errors import RunError
from shared.settings import SettingsError

_TAKEN = (
    "AVITO_CLIENT_ID",
    "AVITO_CLIENT_SECRET",
    "AVITO_USER_ID",
    "AVITO_API_URL",
    "DOMAIN",
    "ADMIN_USERNAME",
    "ADMIN_PASSWORD",
)
# Without l, o, 0 and 1, which are easily confused.
_READABLE = "abcdefghijkmnpqrstuvwxyz23456789"
_PLAIN = re.compile(r"[^\s'\"\\#$`]+")
_QUESTIONS = {
    "AVITO_CLIENT_ID": "Client id of the Avito account",
    "AVITO_CLIENT_SECRET": "Its client secret (not shown)",
    "AVITO_USER_ID": "Number of the account",
    "DOMAIN": "Public host of this installation, without https://",
}


@click.command
def init() -> int:
    """Write .env with random secrets.

    Asks on a terminal for the account and the public host. DOMAIN, AVITO_CLIENT_ID, AVITO_CLIENT_SECRET,
    AVITO_USER_ID, AVITO_API_URL, ADMIN_USERNAME and ADMIN_PASSWORD are taken from the environment. Exit code
    1 if there is an .env already: it stays as it is.
    """
    path = configuration.home(os.environ) / ".env"
    if path.exists():
        click.echo(f"{path} exists already and stays as it is: edit it, or move it away first.")
        return 1
    try:
        written = write_env({**os.environ, **(_ask(os.environ) if sys.stdin.isatty() else {})})
    except OSError as error:
        raise RunError(f"{path} was not written: {error}") from None
    except interruptible.CutOffError:
        raise RunError(f"{path} was not written: interrupted", 130) from None
    if written is None:
        click.echo(f"{path} exists already and stays as it is.")
        return 1
    click.echo(f"Wrote {path} (only you can read it). `make settings` shows it, `make run` starts.")
    return 0


def made_up(choice: Callable[[str], str], token: Callable[[int], str]) -> dict[str, str]:
    """Return random secrets; the password has 20 characters out of 32, which is 100 bits."""
    groups = ("".join(choice(_READABLE) for _ in range(5)) for _ in range(4))
    return {
        "ADMIN_USERNAME": "owner",
        "ADMIN_PASSWORD": "-".join(groups),
        "WEBHOOK_SECRET": token(24),
        "SESSION_SECRET": token(32),
        "REDIS_PASSWORD": token(24),
        "GRAFANA_PASSWORD": token(12),
    }


def taken_from(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the values given by the caller, as in `make init DOMAIN=…`. Raises SettingsError."""
    given = {name: environ[name].strip() for name in _TAKEN if environ.get(name, "").strip()}
    problems = [
        f"{name} must not contain spaces, quotes, backslashes, # or $"
        for name, value in given.items()
        if not _PLAIN.fullmatch(value)
    ]
    if wrong := configuration.domain_problem(given.get("DOMAIN", "")):
        problems.append(wrong)
    if not given.get("AVITO_USER_ID", "1").isdigit():
        problems.append("AVITO_USER_ID must be a number")
    if problems:
        raise SettingsError(problems)
    return given


def write_new(path: Path, text: str) -> bool:
    """Write a file that only its owner can read; False if it exists already, which leaves it untouched."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def write_env(environ: Mapping[str, str]) -> Path | None:
    """Write `.env` and return its path; None if it exists already. Raises SettingsError, OSError."""
    path = configuration.home(environ) / ".env"
    values = {**made_up(secrets.choice, secrets.token_hex), **taken_from(environ)}
    template = configuration.template(".env.example").read_text(encoding="utf-8")
    return path if write_new(path, env_file.changed(template, values)) else None


def _ask(environ: Mapping[str, str]) -> dict[str, str]:
    click.echo("Press Enter to skip a question: without the three keys `make run` shows a demo.")
    answers: dict[str, str] = {}
    for name, question in _QUESTIONS.items():
        if not environ.get(name):
            read = getpass if name == "AVITO_CLIENT_SECRET" else input
            answers[name] = interruptible.ask(read, f"{question} ({name}): ").strip()
    return answers
