"""Access that ended, and what a restore does with it: it is ended again, and the rest is listed.

A backup does not know what ended after it was made. Commands copy it from Redis to `var/access-ended.jsonl`,
beside the backups and without secrets.
"""

import sys
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from redis.asyncio import Redis

from avito_live.erasure import record
from push_gateway.auth import operators
from push_gateway.auth.staff import Operator
from push_gateway.auth.tokens import Tokens
from push_gateway.chats import assignments
from shared.redis import keys
from shared.wires import revocations
from shared.wires.revocations import Revocation

_NAME = "access-ended.jsonl"
_NO_PASSWORD = "ended"  # noqa: S105 # no hash: nothing matches it


def read(home: Path) -> list[Revocation]:
    """Return all access that ended here. Raises OSError."""
    return [Revocation(**line) for line in record.read(home, _NAME)]


async def keep_up(home: Path, redis: Redis) -> None:
    """Add to the record what it lacks; print a warning if it cannot be written. Raises RedisError."""
    held = revocations.read(await redis.hgetall(keys.ACCESS_ENDED))
    try:
        if new := revocations.newer_than(held, read(home)):
            record.append(home, _NAME, map(asdict, new))
    except OSError as error:
        print(f"var/{_NAME} cannot be written ({error}): a restore would revive what ended.", file=sys.stderr)


async def end_again(store: Redis, home: Path) -> list[str]:
    """End again what has ended since the backup now in `store`; report what remains. Raises RedisError."""
    held = revocations.read(await store.hgetall(keys.ACCESS_ENDED))
    since = revocations.newer_than(read(home), held)
    ended = [words for one in since if one.over and (words := await _end(store, one))]
    await revocations.record(store, since)
    said = ["All sessions ended: every operator logs in again."]
    if ended:
        said.append(f"Ended since that backup, so ended again: {'; '.join(ended)}.")
    return said + _remaining(list((await operators.all_operators(store)).values())) + await _tokens(store)


def _remaining(everyone: list[Operator]) -> list[str]:
    """Return who can log in, with the commands to change it. Pure."""
    said, enabled = [], [one for one in everyone if not one.disabled]
    able = [f"{one.name} ({one.role})" for one in enabled if one.password_hash != _NO_PASSWORD]
    unable = [one.name for one in enabled if one.password_hash == _NO_PASSWORD]
    if able:
        said.append(f"Can log in with their password of that time: {', '.join(able)}.")
        said.append("  To shut one out: make operator NAME=… DO=disable")
        said.append("  To set a new password: make operator NAME=… DO=password")
    if unable:
        said.append(f"Need a new password: {', '.join(unable)}: make operator NAME=… DO=password")
    if everyone and not any(one.role == "owner" for one in enabled):
        said.append("No owner can log in: make operator NAME=… ROLE=owner adds one.")
    return said


async def _tokens(store: Redis) -> list[str]:
    named = ", ".join(f"{one.id} ({one.name}, {one.scope})" for one in await Tokens(store).all())
    return [f"Tokens that work: {named}.", "  To end one: make token DO=revoke ID=…"] if named else []


async def _end(store: Redis, ended: Revocation) -> str:
    """End one access and return a phrase about it, '' if the backup does not have it."""
    if ended.what == "token":
        named = {token.id: token.name for token in await Tokens(store).all()}
        return f"token {ended.who} ({named[ended.who]})" if await Tokens(store).revoke(ended.who) else ""
    operator = await operators.find(store, ended.who)
    change, words = {
        "operator": (partial(replace, disabled=True), "is disabled"),
        "owner": (partial(replace, role="operator"), "is no owner"),
        "password": (partial(replace, password_hash=_NO_PASSWORD), "has no password"),
    }[ended.what]
    if operator is None or (changed := change(operator)) == operator:
        return ""
    await operators.change(store, lambda _: changed)
    if changed.disabled:
        await assignments.unassign_all(store, operator.name)
    return f"{operator.name} {words}"
