"""Tokens for other programs."""

import os
import time

import click
from redis.asyncio import Redis

from avito_live.backups import ended_access
from avito_live.runner import configuration
from avito_live.runner.errors import CommandError
from avito_live.runner.redis_command import run_on_redis
from push_gateway.auth.access import TokenScope
from push_gateway.auth.staff import StaffError
from push_gateway.auth.tokens import Token, Tokens

_BY = "make token"


@click.command
@click.argument("action", metavar="[ACTION]", type=click.Choice(["list", "add", "revoke"]), default="list")
@click.argument("which", metavar="[NAME|ID]", default="")
@click.option("--scope", type=click.Choice(["read", "reply"]), default="read", help="What it may do.")
def token(action: str, which: str, scope: TokenScope) -> None:
    """Manage tokens for other programs.

    ACTION and what it needs: list (the default; it shows the ids), add NAME, revoke ID.
    """
    if action == "add" and not which:
        raise click.UsageError("For which program? make token NAME=… SCOPE=read")
    if action == "revoke" and not which:
        raise click.UsageError(
            "Which token? make token DO=revoke ID=…; `make token DO=list` shows their ids."
        )

    async def do(redis: Redis) -> str:
        tokens = Tokens(redis)
        match action:
            case "add":
                said = await add(tokens, which, scope)
            case "revoke":
                said = await revoke(tokens, which)
            case _:
                said = await list_all(tokens)
        await ended_access.keep_up(configuration.home(os.environ), redis)
        return said

    click.echo(run_on_redis(do))


async def add(tokens: Tokens, name: str, scope: TokenScope) -> str:
    """Make a token; its text is shown only once."""
    try:
        made, text = await tokens.add(name, scope, _BY)
    except StaffError as error:
        raise CommandError(error.message) from None
    return f"{text}\n\nThis is shown only now. Send it as `Authorization: Bearer …`; its id is {made.id}."


async def revoke(tokens: Tokens, token_id: str) -> str:
    """End a token."""
    if not await tokens.revoke(token_id):
        raise CommandError("There is no such token: `make token DO=list` shows their ids.")
    return f"{token_id} is revoked; its open connections end within seconds."


async def list_all(tokens: Tokens) -> str:
    """List the tokens."""
    found = await tokens.all()
    return "\n".join(map(_line, found)) or "There is no token yet: make token NAME=… SCOPE=read"


def _line(one: Token) -> str:
    return f"{one.id}  {one.scope:<5}  made {_time(one.created)}  used {_time(one.used)}  {one.name}"


def _time(at: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at)) if at else "-"
