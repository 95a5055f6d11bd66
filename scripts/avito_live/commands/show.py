"""Shows the settings, the state of the running system, and where the panel is."""

import asyncio
import os
import time
from collections.abc import Mapping
from contextlib import suppress

import click
from redis.exceptions import RedisError

from avito_live.runner import banner, configuration, redis_address
from avito_live.runner.errors import NotRunningError
from push_gateway.auth import operators
from shared import masking
from shared.redis import connection
from shared.settings import Environment, retired
from shared.status import read_status
from worker.settings import read_address


@click.command
def settings() -> None:
    """Show the settings in effect, with secrets masked."""
    home = configuration.home(os.environ)
    env_file = configuration.read_env_file(home / ".env")
    rows = configuration.in_effect(os.environ, env_file)
    wide = max(len(row.variable.name) for row in rows)
    for row in rows:
        click.echo(f"{row.variable.name:<{wide}}  {row.origin:<11}  {row.shown}")
    click.echo(f"\n.env: {home / '.env'}" if env_file else f"\nNo .env in {home}: `make init` makes one.")
    if any(row.variable.name == "REDIS_URL" and row.origin == "default" for row in rows):
        click.echo("REDIS_URL is not set: `make run` starts its own Redis.")
    environment = Environment({row.variable.name: row.value for row in rows})
    for row in rows:
        if row.value:
            environment.text(row.variable.name)
    if webhook := _webhook(environment):
        click.echo(f"Webhook: {webhook}")
    for name in retired({**env_file, **os.environ}):
        click.echo(f"not used any more: {name} (see CHANGELOG.md); take it out")
    for problem in dict.fromkeys(environment.problems):
        click.echo(f"wrong: {problem}")


def _webhook(environment: Environment) -> str:
    """Return the webhook's address without its secret, or '' if it is not known."""
    try:
        url = read_address(environment).url
    except ValueError:
        return ""
    return masking.masked_url(url) if url else ""


@click.command
def status() -> int:
    """Show the state of the running system.

    Exit code 1 if it is down or not running.
    """
    try:
        now = asyncio.run(read(redis_address.find(os.environ)))
    except NotRunningError as error:
        click.echo(error)
        return 1
    except (RedisError, OSError, ValueError) as error:
        click.echo(f"Redis does not answer ({error}): start the system with `make run`, or check REDIS_URL.")
        return 1
    with suppress(BrokenPipeError):  # the reader may stop early: make status | head -3
        print("\n".join(lines(now)), flush=True)
    return 1 if now["status"] == "down" else 0


async def read(url: str) -> dict[str, object]:
    """Return the status of the system with the Redis at this URL. Raises RedisError, OSError."""
    async with connection.connect(url, names_epoch=False, timeout=3) as redis:
        return await read_status(redis, time.time())


def lines(now: dict[str, object], name: str = "") -> list[str]:
    """Return the status as lines `name  value`; an unknown value is "-"."""
    shown: list[str] = []
    for word, value in now.items():
        if isinstance(value, dict):
            shown += lines(value, f"{name}{word}.")
        elif isinstance(value, list):
            shown += [f"{name + word:<24} {item}" for item in value]
        else:
            shown.append(f"{name + word:<24} {_readable(word, value)}")
    return shown


def _readable(word: str, value: object) -> str:
    if word.endswith("_at") and isinstance(value, int | float):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(value))
    return "-" if value is None else str(value)


@click.command(hidden=True)
def compose_banner() -> None:
    """Print the end of `make up`: the address, the login and the next step."""
    values = configuration.load(os.environ)
    domain = values.get("DOMAIN", "")
    said = banner.text(
        panel=f"https://{domain}/admin/avito/",
        username=values.get("ADMIN_USERNAME", ""),
        password=asyncio.run(password_that_opens(values)),
        demo=False,
        domain=domain,
        env_file=configuration.home(os.environ) / ".env",
        logs="`make logs`",
        stop="`make down`",
    )
    click.echo(said)


async def password_that_opens(values: Mapping[str, str]) -> str | None:
    """Return the password in the settings if it works; None if it does not, or cannot be checked."""
    username, password = values.get("ADMIN_USERNAME", ""), values.get("ADMIN_PASSWORD", "")
    try:
        url = redis_address.find(os.environ)
        async with connection.connect(url, names_epoch=False, timeout=3) as redis:
            operator = await operators.find_typed(redis, username)
        known = await operators.Passwords().check(operator, password)
    except (NotRunningError, RedisError, OSError):
        return None
    return password if known else None
