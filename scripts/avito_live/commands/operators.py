"""Operators: who may log in, with which role and password."""

import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from getpass import getpass

import click
from redis.asyncio import Redis

from avito_live import interruptible
from avito_live.backups import ended_access
from avito_live.runner import configuration
from avito_live.runner.errors import CommandError
from avito_live.runner.redis_command import run_on_redis
from push_gateway.auth import operators, staff
from push_gateway.auth.access import Role
from push_gateway.auth.sessions import Login, Sessions
from push_gateway.auth.staff import Operator, StaffError
from push_gateway.auth.tokens import Tokens
from push_gateway.chats import assignments


@dataclass(frozen=True, slots=True)
class Request:
    """Whom an action concerns, and how."""

    redis: Redis
    name: str
    role: Role
    keep_tokens: bool


async def list_all(request: Request) -> str:
    """List the operators."""
    everyone = await operators.all_operators(request.redis)
    if not everyone:
        return "There is no operator yet: make operator NAME=… ROLE=owner"
    logins = await Sessions(request.redis, b"").of_each(everyone)
    tokens = await Tokens(request.redis).all()
    made = {name: [token.name for token in tokens if token.by == name] for name in everyone}
    return "\n".join([_line(one, logins[name], made[name]) for name, one in sorted(everyone.items())])


async def add(request: Request) -> str:
    """Add an operator."""
    if request.name in await operators.all_operators(request.redis):
        raise CommandError("There is already an operator of this name: DO=password changes the password.")
    password = read_password(request.name)
    made = operators.make_operator(request.name, password, request.role, round(time.time(), 3))
    await operators.change(request.redis, lambda everyone: staff.with_new(everyone, made))
    return f"{request.name} ({request.role}) can log in now."


async def disable(request: Request) -> str:
    """Disable an operator and the operator's tokens; the operator's chats become unassigned."""
    await operators.change(request.redis, partial(staff.with_change, name=request.name, disabled=True))
    ended, tokens = await _end_sessions(request), await _end_tokens(request)
    freed = await assignments.unassign_all(request.redis, request.name)
    return f"{request.name} is disabled; {ended}, chats unassigned: {freed}.{tokens}"


async def enable(request: Request) -> str:
    """Enable an operator."""
    await operators.change(request.redis, partial(staff.with_change, name=request.name, disabled=False))
    return f"{request.name} can log in again."


async def set_role(request: Request) -> str:
    """Change the role of an operator."""
    await operators.change(request.redis, partial(staff.with_change, name=request.name, role=request.role))
    ended = await _end_tokens(request) if request.role == "operator" else ""
    return f"{request.name} is an {request.role} now.{ended}"


async def set_password(request: Request) -> str:
    """Change the password of an operator."""
    await _check_known(request)
    hashed = operators.hash_password(read_password(request.name))
    await operators.change(request.redis, partial(staff.with_change, name=request.name, password_hash=hashed))
    return f"{request.name} has a new password; {await _end_sessions(request)}.{await _tokens_left(request)}"


async def end_sessions(request: Request) -> str:
    """End all sessions of an operator."""
    await _check_known(request)
    return f"{request.name}: {await _end_sessions(request)}.{await _tokens_left(request)}"


_ACTIONS: dict[str, Callable[[Request], Awaitable[str]]] = {
    "list": list_all,
    "add": add,
    "disable": disable,
    "enable": enable,
    "role": set_role,
    "password": set_password,
    "end-sessions": end_sessions,
}


@click.command
@click.argument("action", metavar="[ACTION]", type=click.Choice(list(_ACTIONS)), default="list")
@click.argument("name", default="")
@click.option("--role", type=click.Choice(["owner", "operator"]), default="operator", show_default=True)
@click.option("--keep-tokens", is_flag=True, help="Do not end the tokens that the operator made.")
def operator(action: str, name: str, role: Role, keep_tokens: bool) -> None:
    """Manage operators.

    ACTION is list (the default), add, disable, enable, role, password or end-sessions.

    Disabling someone, or turning an owner into an operator, also ends the tokens that this person made. The
    password is asked on the terminal, or read as one line from standard input; it is never an argument.
    """
    if not name and action != "list":
        raise click.UsageError(f"Which operator? make operator NAME=… DO={action}")

    async def do(redis: Redis) -> str:
        known = staff.known_name(await operators.all_operators(redis), name) or staff.normal(name)
        try:
            said = await _ACTIONS[action](Request(redis, known, role, keep_tokens))
        except StaffError as error:
            raise CommandError(error.message) from None
        await ended_access.keep_up(configuration.home(os.environ), redis)
        return said

    click.echo(run_on_redis(do))


def read_password(name: str) -> str:
    """Ask twice on a terminal, else read one line from standard input. Raises CommandError, CutOffError.

    Raises StaffError for a password that is too easy to guess.
    """
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = interruptible.ask(getpass, f"Password for {name}: ")
        if interruptible.ask(getpass, "Again: ") != password:
            raise CommandError("The passwords differ: nothing was changed.")
    staff.check_password(password, name)
    return password


def _line(one: Operator, logins: list[Login], tokens: list[str]) -> str:
    seen = max((login.seen for login in logins), default=None)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(seen)) if seen else "-"
    state = "disabled" if one.disabled else f"sessions {len(logins)}, last seen {when}"
    made = f", tokens made: {', '.join(tokens)}" if tokens else ""
    return f"{one.name:<24} {one.role:<9} {state}{made}"


async def _check_known(request: Request) -> None:
    if request.name not in await operators.all_operators(request.redis):
        raise CommandError("There is no operator of this name.")


async def _end_sessions(request: Request) -> str:
    # Sessions are ended by their stored names, so the secret of the cookies is not needed.
    return f"sessions ended: {await Sessions(request.redis, b'').end_all(request.name)}"


async def _end_tokens(request: Request) -> str:
    if request.keep_tokens:
        return await _tokens_left(request)
    ended = ", ".join(one.name for one in await Tokens(request.redis).revoke_made_by(request.name))
    return f"\nTokens ended, since {request.name} made them: {ended}." if ended else ""


async def _tokens_left(request: Request) -> str:
    made = ", ".join(f"{one.name} ({one.id})" for one in await Tokens(request.redis).made_by(request.name))
    if not made:
        return ""
    return f"\nTokens that {request.name} made still work: {made}. End one: make token DO=revoke ID=…"
