"""Shows the settings, the state of the running system, and where the panel is."""

import asyncio
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import click
from redis.exceptions import RedisError

from avito_live.env_readers import AmbiguousLine
from avito_live.output import tell
from avito_live.runner import banner, configuration, redis_address
from avito_live.runner.errors import NotRunningError, RunError
from avito_live.runner.redis_command import no_answer
from avito_live.webhook_setup.words import say
from shared import masking
from shared.printable import printable
from shared.redis import connection
from shared.redis.info import ALARM_TEXTS
from shared.settings import Environment, SettingsError, retired
from shared.status import read_status
from worker.settings import read_address


@click.command
def settings() -> None:
    """Show the settings in effect, with secrets masked."""
    home = configuration.home(os.environ)
    env_file = configuration.read_env_file(home / ".env")
    rows = configuration.in_effect(os.environ, env_file)
    environment = Environment({row.variable.name: row.value for row in rows})
    wide = max(len(row.variable.name) for row in rows)
    for row in rows:
        tell(f"{row.variable.name:<{wide}}  {row.origin:<11}  {row.shown}")
    tell(f"\n.env: {home / '.env'}" if env_file else f"\nNo .env in {home}: `make init` makes one.")
    if any(row.variable.name == "REDIS_URL" and row.origin == "default" for row in rows):
        tell("REDIS_URL is not set: `make run` starts its own Redis.")
    with suppress(ValueError):
        if url := read_address(environment).url:
            tell(f"Webhook: {masking.masked_url(url)}")
    for name in retired({**env_file, **os.environ}):
        tell(f"not used any more: {name} (see CHANGELOG.md); take it out")
    for line in configuration.read_differently(home / ".env"):
        tell(f"careful: {_explained(line)}")
    for problem in _problems(environment):
        tell(f"wrong: {problem}")


def _problems(environment: Environment) -> list[str]:
    """Return what is wrong with the values that are given, whichever service reads them."""
    for name, value in environment.values.items():
        if name.endswith("_PORT") and not value.startswith("tcp://"):  # Kubernetes', of no concern here
            environment.port(name)
        elif value:
            environment.text(name)
    environment.host("DOMAIN")
    connection.read_url(environment)
    password = redis_address.password_problem(environment.values["REDIS_PASSWORD"])
    return [problem for problem in dict.fromkeys([*environment.problems, password]) if problem]


def _explained(line: AmbiguousLine) -> str:
    return f"{say('en', 'read_differently', line=line.number, name=line.name)}: {say('en', line.fix)}"


@click.command
def status() -> int:
    """Show the state of the running system.

    Exit code 1 if it is down or not running.
    """

    async def read() -> dict[str, Any]:
        url = redis_address.find(os.environ)
        async with connection.connect(url, names_epoch=False, timeout=3) as redis:
            return await read_status(redis, time.time())

    try:
        now = asyncio.run(read())
    except (RedisError, OSError) as error:
        raise RunError(no_answer(error)) from None
    with suppress(BrokenPipeError):  # the reader may stop early: make status | head -3
        tell("\n".join(map(printable, _lines(now))))
    return 1 if now["status"] == "down" else 0


def _lines(now: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return the status as lines `name  value`; an unknown value is "-"."""
    lines: list[str] = []
    for word, value in now.items():
        name = prefix + word
        if isinstance(value, dict):
            lines += _lines(value, f"{name}.")
            continue
        if word.endswith("_at") and value is not None:
            value = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(value))  # noqa: PLW2901
        if name == "alarms":
            value = [f"{one}: {ALARM_TEXTS.get(one, '')}" for one in value or ()]  # noqa: PLW2901
        values = value if isinstance(value, list) else ["-" if value is None else value]
        lines += [f"{name:<24} {one}" for one in values]
    return lines


@click.command(hidden=True)
def compose_check() -> int:
    """Name the lines of `.env` that docker compose reads differently; exit code 2 if it cannot start."""
    path = configuration.home(os.environ) / ".env"
    for line in configuration.read_differently(path):
        tell(f"careful: {_explained(line)}", err=True)
    if problem := redis_address.password_problem(configuration.load(os.environ).get("REDIS_PASSWORD", "")):
        raise SettingsError([problem])
    return 0


@click.command(hidden=True)
def compose_banner() -> None:
    """Print the end of `make up`: the address, the login and the next step."""
    values = configuration.load(os.environ)
    try:
        password = asyncio.run(banner.working_password(redis_address.find(os.environ), values))
    except NotRunningError:
        password = None
    said = banner.text(
        values=values,
        panel=f"https://{values.get('DOMAIN', '')}/admin/avito/",
        password=password,
        demo=False,
        env_file=configuration.home(os.environ) / ".env",
        logs="`make logs`",
        stop="`make down`",
    )
    tell(said)
