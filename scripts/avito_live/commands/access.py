"""Access to the panel: operators with role and password, and tokens for other programs."""

import os
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial

import click
from redis.asyncio import Redis

from avito_live import interruptible
from avito_live.backups import ended_access
from avito_live.output import tell
from avito_live.runner import configuration
from avito_live.runner.errors import RunError
from avito_live.runner.redis_command import run_on_redis
from push_gateway.auth import operators, staff
from push_gateway.auth.access import Role, TokenScope
from push_gateway.auth.passwords import hash_password
from push_gateway.auth.sessions import Sessions
from push_gateway.auth.staff import StaffError
from push_gateway.auth.tokens import Tokens
from push_gateway.chats import assignments
from shared.printable import printable

_ACTIONS = ("list", "add", "disable", "enable", "role", "password", "end-sessions")


@click.command
@click.argument("action", metavar="[ACTION]", type=click.Choice(_ACTIONS), default="list")
@click.argument("name", default="")
@click.option("--role", type=click.Choice(["owner", "operator"]), help="For add operator by default.")
@click.option("--keep-tokens", is_flag=True, help="Do not end the tokens that the operator made.")
def operator(action: str, name: str, role: Role | None, keep_tokens: bool) -> None:
    """Manage operators.

    ACTION is list (the default), add, disable, enable, role, password or end-sessions.

    Disabling someone, or turning an owner into an operator, also ends the tokens that this person made. The
    password is asked on the terminal, or read as one line from standard input; it is never an argument.
    """
    if bool(name) is (action == "list"):
        raise click.UsageError(
            "A list is of all operators: leave out NAME, or say what to do."
            if name
            else f"Which operator? make operator NAME=… DO={action}"
        )
    if action == "role" and not role:
        raise click.UsageError("Which role, owner or operator? make operator NAME=… DO=role ROLE=…")

    async def do(redis: Redis) -> str:
        if action == "list":
            return await _list_operators(redis)
        everyone = await operators.all_operators(redis)
        known = staff.known_name(everyone, name)
        if action == "add":
            if known:
                raise RunError(
                    "There is already an operator of this name: make operator NAME=… DO=password changes it."
                )
            return await _add(redis, staff.normal(name), role or "operator")
        if not known:
            raise RunError("There is no operator of this name.")
        return await _change(redis, action, known, role or "operator", keep_tokens=keep_tokens)

    _run(do)


def _run(do: Callable[[Redis], Awaitable[str]]) -> None:
    """Print what `do` returns, and record beside the backups what access has ended."""

    async def recorded(redis: Redis) -> str:
        try:
            said = await do(redis)
        except StaffError as error:
            raise RunError(error.message) from None
        await ended_access.keep_up(configuration.home(os.environ), redis)
        return said

    tell(run_on_redis(recorded))


async def _list_operators(redis: Redis) -> str:
    everyone = await operators.all_operators(redis)
    logins = await Sessions(redis, b"").of_each(everyone)
    tokens = await Tokens(redis).all()
    lines = []
    for name, one in sorted(everyone.items()):
        seen = _time(max((login.seen for login in logins[name]), default=None))
        state = "disabled" if one.disabled else f"sessions {len(logins[name])}, last seen {seen}"
        made = ", ".join(token.name for token in tokens if token.by == name)
        lines.append(f"{name:<24} {one.role:<9} {state}{made and f', tokens made: {made}'}")
    return "\n".join(map(printable, lines)) or "There is no operator yet: make operator NAME=… ROLE=owner"


async def _add(redis: Redis, name: str, role: Role) -> str:
    made = operators.make_operator(name, _read_password(name), role, round(time.time(), 3))
    await operators.change(redis, lambda everyone: staff.with_new(everyone, made))
    return f"{name} ({role}) can log in now."


async def _change(redis: Redis, action: str, name: str, role: Role, *, keep_tokens: bool) -> str:
    """Change an operator and end what the former rights gave; return what was done."""
    change, ends_tokens = partial(staff.with_change, name=name), False
    match action:
        case "disable":
            said, change, ends_tokens = "is disabled", partial(change, disabled=True), True
        case "enable":
            said, change = "can log in again", partial(change, disabled=False)
        case "role":
            said, change, ends_tokens = f"is an {role} now", partial(change, role=role), role == "operator"
        case "password":
            said = "has a new password"
            change = partial(change, password_hash=hash_password(_read_password(name)))
        case _:
            said = "has to log in again"
    await operators.change(redis, change)
    if action in ("disable", "password", "end-sessions"):
        # Sessions are ended by their stored names, so the secret of the cookies is not needed.
        said += f"; sessions ended: {await Sessions(redis, b'').end_all(name)}"
    if action == "disable":
        said += f", chats unassigned: {await assignments.unassign_all(redis, name)}"
    return f"{name} {said}.{await _tokens_of(redis, name, end=ends_tokens and not keep_tokens)}"


async def _tokens_of(redis: Redis, name: str, *, end: bool) -> str:
    """Name the tokens that an operator made, which end or still work."""
    tokens = Tokens(redis)
    found = await (tokens.revoke_made_by(name) if end else tokens.made_by(name))
    if not found:
        return ""
    named = ", ".join(f"{one.name} ({one.id})" for one in found)
    if end:
        return f"\nTokens ended, since {name} made them: {named}."
    return f"\nTokens that {name} made still work: {named}. End one: make token DO=revoke ID=…"


def _read_password(name: str) -> str:
    """Ask twice on a terminal, else read one line from standard input. Raises StaffError."""
    if sys.stdin.isatty():
        with interruptible.at_the_terminal():
            password = click.prompt(f"Password for {name}", hide_input=True, confirmation_prompt="Again")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    staff.check_password(password, name)
    return str(password)


@click.command
@click.argument("action", metavar="[ACTION]", type=click.Choice(["list", "add", "revoke"]), default="list")
@click.argument("which", metavar="[NAME|ID]", default="")
@click.option("--scope", type=click.Choice(["read", "reply"]), default="read", help="What it may do.")
def token(action: str, which: str, scope: TokenScope) -> None:
    """Manage tokens for other programs.

    ACTION and what it needs: list (the default; it shows the ids), add NAME, revoke ID.
    """
    if action == "list" and which:
        raise click.UsageError("A list is of all tokens: leave out NAME and ID, or say what to do.")
    if action == "add" and not which:
        raise click.UsageError("For which program? make token NAME=… SCOPE=read")
    if action == "revoke" and not which:
        raise click.UsageError("Which token? make token DO=revoke ID=…; `make token` shows their ids.")

    async def do(redis: Redis) -> str:
        tokens = Tokens(redis)
        if action == "add":
            made, text = await tokens.add(which, scope, "make token")
            how = f"Send it as `Authorization: Bearer …`; its id is {made.id}."
            return f"{text}\n\nThis is shown only now. {how}"
        if action == "revoke":
            if not await tokens.revoke(which):
                raise RunError("There is no such token: `make token DO=list` shows their ids.")
            return f"{which} is revoked; its open connections end within seconds."
        lines = [
            f"{one.id}  {one.scope:<5}  made {_time(one.created)}  used {_time(one.used)}  {one.name}"
            for one in await tokens.all()
        ]
        return "\n".join(map(printable, lines)) or "There is no token yet: make token NAME=… SCOPE=read"

    _run(do)


def _time(at: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at)) if at else "-"
