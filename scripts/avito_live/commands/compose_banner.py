"""Says where the panel is, once docker compose runs the system."""

import asyncio
import os

import click

from avito_live.output import tell
from avito_live.runner import banner, configuration, redis_address
from avito_live.runner.errors import NotRunningError


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
