"""`make operator NAME=… [DO=add|list|disable|enable|role|password|end-sessions] [ROLE=owner|operator]`.

Disabling someone, or turning an owner into an operator, also ends the tokens that this person made, unless
KEEP_TOKENS=1. The password is asked on the terminal, or read as one line from standard input; it is never an
argument.
"""

import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from getpass import getpass
from typing import cast

from redis.asyncio import Redis

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

ROLES = ("owner", "operator")


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be done to which operator."""

    what: str
    name: str
    role: Role
    keep_tokens: bool = False


def read_request(values: Mapping[str, str]) -> Request:
    """Read the variables of the command. Raises CommandError, which says how it is used."""
    name = values.get("NAME", "").strip()
    what = values.get("DO", "").strip() or ("add" if name else "list")
    role = values.get("ROLE", "").strip() or "operator"
    if what not in _ACTIONS:
        raise CommandError(f"DO must be one of {', '.join(_ACTIONS)}, not {what!r}.")
    if role not in ROLES:
        raise CommandError(f"ROLE must be owner or operator, not {role!r}.")
    if not name and what != "list":
        raise CommandError(f"Which operator? make operator NAME=… DO={what}")
    return Request(what, name, cast("Role", role), values.get("KEEP_TOKENS", "").strip() == "1")


def read_password(name: str) -> str:
    """Ask twice on a terminal, else read one line from standard input. Raises CommandError."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = getpass(f"Password for {name}: ")
        if getpass("Again: ") != password:
            raise CommandError("The passwords differ: nothing was changed.")
    try:
        staff.check_password(password, name)
    except StaffError as error:
        raise CommandError(error.message) from None
    return password


async def add(redis: Redis, request: Request) -> str:
    """Add an operator."""
    if request.name in await operators.all_operators(redis):
        raise CommandError("There is already an operator of this name: DO=password changes the password.")
    made = operators.make_operator(
        request.name, read_password(request.name), request.role, round(time.time(), 3)
    )
    await _change(redis, lambda everyone: staff.with_new(everyone, made))
    return f"{request.name} ({request.role}) can log in now."


async def disable(redis: Redis, request: Request) -> str:
    """Disable an operator and the operator's tokens; the operator's chats become unassigned."""
    await _change(redis, partial(staff.with_change, name=request.name, disabled=True))
    ended = await _end_all(redis, request.name)
    tokens = await _end_tokens(redis, request)
    freed = await assignments.unassign_all(redis, request.name)
    return f"{request.name} is disabled; {ended}, chats unassigned: {freed}.{tokens}"


async def enable(redis: Redis, request: Request) -> str:
    """Enable an operator."""
    await _change(redis, partial(staff.with_change, name=request.name, disabled=False))
    return f"{request.name} can log in again."


async def set_role(redis: Redis, request: Request) -> str:
    """Change the role of an operator."""
    await _change(redis, partial(staff.with_change, name=request.name, role=request.role))
    ended = await _end_tokens(redis, request) if request.role == "operator" else ""
    return f"{request.name} is an {request.role} now.{ended}"


async def set_password(redis: Redis, request: Request) -> str:
    """Change the password of an operator."""
    staff_now = await operators.all_operators(redis)
    if request.name not in staff_now:
        raise CommandError("There is no operator of this name.")
    hashed = operators.hash_password(read_password(request.name))
    await _change(redis, partial(staff.with_change, name=request.name, password_hash=hashed))
    ended = await _end_all(redis, request.name)
    return f"{request.name} has a new password; {ended}.{await _tokens_left(redis, request.name)}"


async def end_sessions(redis: Redis, request: Request) -> str:
    """End all sessions of an operator."""
    if request.name not in await operators.all_operators(redis):
        raise CommandError("There is no operator of this name.")
    ended = await _end_all(redis, request.name)
    return f"{request.name}: {ended}.{await _tokens_left(redis, request.name)}"


async def list_all(redis: Redis, request: Request) -> str:
    """List the operators."""
    everyone = await operators.all_operators(redis)
    if not everyone:
        return "There is no operator yet: make operator NAME=… ROLE=owner"
    logins = await Sessions(redis, b"").of_each(everyone)
    tokens = await Tokens(redis).all()
    made = {name: [token.name for token in tokens if token.by == name] for name in everyone}
    return "\n".join([_line(one, logins[name], made[name]) for name, one in sorted(everyone.items())])


def _line(operator: Operator, logins: list[Login], tokens: list[str]) -> str:
    seen = max((login.seen for login in logins), default=None)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(seen)) if seen else "-"
    state = "disabled" if operator.disabled else f"sessions {len(logins)}, last seen {when}"
    made = f", tokens made: {', '.join(tokens)}" if tokens else ""
    return f"{operator.name:<24} {operator.role:<9} {state}{made}"


async def _change(redis: Redis, decide: Callable[[staff.Staff], Operator]) -> None:
    try:
        await operators.change(redis, decide)
    except StaffError as error:
        raise CommandError(error.message) from None


async def _end_all(redis: Redis, name: str) -> str:
    # Sessions are ended by their stored names, so the secret of the cookies is not needed.
    return f"sessions ended: {await Sessions(redis, b'').end_all(name)}"


async def _end_tokens(redis: Redis, request: Request) -> str:
    if request.keep_tokens:
        return await _tokens_left(redis, request.name)
    ended = await Tokens(redis).revoke_made_by(request.name)
    names = ", ".join(token.name for token in ended)
    return f"\nTokens ended, since {request.name} made them: {names}." if ended else ""


async def _tokens_left(redis: Redis, name: str) -> str:
    made = ", ".join(f"{token.name} ({token.id})" for token in await Tokens(redis).made_by(name))
    return f"\nTokens that {name} made still work: {made}. End one: make token DO=revoke ID=…" if made else ""


_ACTIONS: dict[str, Callable[[Redis, Request], Awaitable[str]]] = {
    "add": add,
    "list": list_all,
    "disable": disable,
    "enable": enable,
    "role": set_role,
    "password": set_password,
    "end-sessions": end_sessions,
}


def main() -> int:
    """Run the command and print its report."""

    async def do(redis: Redis) -> int:
        request = read_request(os.environ)
        known = staff.known_name(await operators.all_operators(redis), request.name)
        request = replace(request, name=known or staff.normal(request.name))
        print(await _ACTIONS[request.what](redis, request))
        await ended_access.keep_up(configuration.home(os.environ), redis)
        return 0

    return run_on_redis(do)


if __name__ == "__main__":
    sys.exit(main())
