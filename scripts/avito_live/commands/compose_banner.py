"""The end of `make up`: prints the address, the login and the next step."""

import asyncio
import os
from collections.abc import Mapping

import click
from redis.exceptions import RedisError

from avito_live.runner import banner, configuration, redis_address
from avito_live.runner.errors import NotRunningError
from push_gateway.auth import operators
from shared.redis import connection


@click.command(hidden=True)
def compose_banner() -> None:
    """Print the end of `make up`: the address, the login and the next step."""
    values = configuration.load(os.environ)
    domain = values.get("DOMAIN", "")
    facts = banner.Facts(
        panel=f"https://{domain}/admin/avito/",
        username=values.get("ADMIN_USERNAME", ""),
        password=asyncio.run(password_that_opens(values)),
        demo=False,
        domain=domain,
        env_file=str(configuration.home(os.environ) / ".env"),
        logs="`make logs`",
        stop="`make down`",
    )
    click.echo(banner.text(facts))


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
