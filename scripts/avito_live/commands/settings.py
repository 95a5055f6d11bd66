"""Shows the settings in effect and their origin; of secrets only the length."""

import os

import click

from avito_live.runner import configuration
from avito_live.webhook_setup import urls
from shared.settings import Environment
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
    for problem in dict.fromkeys(environment.problems):
        click.echo(f"wrong: {problem}")


def _webhook(environment: Environment) -> str:
    """Return the webhook's address without its secret, or '' if it is not known."""
    try:
        url = read_address(environment).url
    except ValueError:
        return ""
    return urls.masked(url) if url else ""
