"""Tokens for other programs: `make token NAME=… [SCOPE=read|reply]`, `DO=list`, or `DO=revoke ID=…`."""

import os
import sys
import time
from collections.abc import Mapping

from redis.asyncio import Redis

from avito_live.backups import ended_access
from avito_live.runner import configuration
from avito_live.runner.errors import CommandError
from avito_live.runner.redis_command import run_on_redis
from push_gateway.auth.access import TokenScope
from push_gateway.auth.staff import StaffError
from push_gateway.auth.tokens import Token, Tokens

_BY = "make token"
_SCOPES: dict[str, TokenScope] = {"read": "read", "reply": "reply"}


async def add(tokens: Tokens, name: str, scope: str) -> str:
    """Make a token; its text is shown only once."""
    if scope not in _SCOPES:
        raise CommandError(f"SCOPE must be read or reply, not {scope!r}.")
    if not name:
        raise CommandError("For which program? make token NAME=… SCOPE=read")
    try:
        token, text = await tokens.add(name, _SCOPES[scope], _BY)
    except StaffError as error:
        raise CommandError(error.message) from None
    return f"{text}\n\nThis is shown only now. Send it as `Authorization: Bearer …`; its id is {token.id}."


async def revoke(tokens: Tokens, token_id: str) -> str:
    """End a token."""
    if not token_id or not await tokens.revoke(token_id):
        raise CommandError("There is no such token: `make token DO=list` shows their ids.")
    return f"{token_id} is revoked; its open connections end within seconds."


async def list_all(tokens: Tokens) -> str:
    """List the tokens."""
    found = await tokens.all()
    return "\n".join(map(_line, found)) or "There is no token yet: make token NAME=… SCOPE=read"


def _line(token: Token) -> str:
    return (
        f"{token.id}  {token.scope:<5}  made {_time(token.created)}  used {_time(token.used)}  {token.name}"
    )


def _time(at: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at)) if at else "-"


async def act(redis: Redis, values: Mapping[str, str]) -> str:
    """Run the action that the variables name and return its report. Raises CommandError."""
    tokens, name = Tokens(redis), values.get("NAME", "").strip()
    match values.get("DO", "").strip() or ("add" if name else "list"):
        case "add":
            return await add(tokens, name, values.get("SCOPE", "").strip() or "read")
        case "revoke":
            return await revoke(tokens, values.get("ID", "").strip())
        case "list":
            return await list_all(tokens)
        case other:
            raise CommandError(f"DO must be add, list or revoke, not {other!r}.")


def main() -> int:
    """Run the command and print its report."""

    async def do(redis: Redis) -> int:
        print(await act(redis, os.environ))
        await ended_access.keep_up(configuration.home(os.environ), redis)
        return 0

    return run_on_redis(do)


if __name__ == "__main__":
    sys.exit(main())
