"""Shows the settings in effect, and what is wrong with them."""

import os
from collections.abc import Mapping

import click

from avito_live.output import tell
from avito_live.runner import configuration, redis_address
from avito_live.runner.settings_check import problems_of
from shared import masking
from shared.settings import VARIABLES, Environment, SettingsError, is_of_kubernetes, retired
from worker.settings import read_address


@click.command
def settings() -> int:
    """Show the settings in effect, with secrets masked.

    Exit code 2 if a service would refuse one of them, or if a line of .env cannot be read, or is read
    otherwise by docker compose or systemd.
    """
    home = configuration.home(os.environ)
    lines = configuration.env_lines(home / ".env")
    env_file = lines.values
    rows = configuration.in_effect(os.environ, env_file)
    wide = max(len(row.variable.name) for row in rows)
    for row in rows:
        tell(f"{row.variable.name:<{wide}}  {row.origin:<11}  {row.shown}")
    has_file = bool(env_file or lines.problems)
    tell(f"\n.env: {home / '.env'}" if has_file else f"\nNo .env in {home}: `make init` makes one.")
    if any(row.variable.name == "REDIS_URL" and row.origin == "default" for row in rows):
        tell("REDIS_URL is not set: `make run` starts its own Redis.")
    values = {row.variable.name: row.value for row in rows}
    problems = [
        *lines.problems,
        *lines.differences,
        *_problems(values, complete=bool(env_file) and not lines.problems),
    ]
    if (url := read_address(Environment(values)).url) and not problems:
        tell(f"Webhook: {masking.masked_url(url)}")
    for name in retired({**env_file, **os.environ}):
        tell(f"not used any more: {name} (see CHANGELOG.md); take it out")
    if configuration.open_mode(home / ".env"):
        tell(f"careful: every user of this machine can read the secrets: chmod 600 {home / '.env'}")
    for problem in problems:
        tell(f"wrong: {problem}")
    return 2 if problems else 0


@click.command(hidden=True)
def compose_check() -> None:
    """Refuse, before anything starts, what docker compose or a service would not take as it is."""
    values = configuration.load(os.environ)
    problems = [
        *configuration.env_lines(configuration.home(os.environ) / ".env").differences,
        *_problems({name: values.get(name, "") for name in VARIABLES}, complete=False),
    ]
    if ":" in values.get("DOMAIN", "") and not problems:
        problems.append("DOMAIN must have no port: docker compose opens 80 and 443 only")
    if problems:
        raise SettingsError(problems)


def _problems(values: Mapping[str, str], *, complete: bool) -> list[str]:
    """Return what is wrong with the values, whichever service reads them.

    `complete`: what a service cannot do without, and is not given, is wrong too.
    """
    # A port that Kubernetes has set is no concern of a command.
    given = {name: value for name, value in values.items() if value and not is_of_kubernetes(value)}
    if not complete:
        needed = (name for name, variable in VARIABLES.items() if variable.default is None)
        given = dict.fromkeys(needed, "1") | given
    password = redis_address.password_problem(values["REDIS_PASSWORD"])
    return [*problems_of(given), *([password] if password else [])]
