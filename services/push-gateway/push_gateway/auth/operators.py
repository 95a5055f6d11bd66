"""Operators in Redis."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import cast, get_args

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from push_gateway.auth.access import Role
from push_gateway.auth.passwords import hash_password
from push_gateway.auth.staff import Operator, Staff, StaffError, known_name, normal
from shared.process.stored import read_each, read_or
from shared.redis import keys
from shared.wires import revocations
from shared.wires.revocations import Revocation

_LOG = logging.getLogger("push_gateway")


class NoOperatorError(Exception):
    """There is no operator yet, so no login can be judged: a gateway adds the first one when it is linked."""


def make_operator(name: str, password: str, role: Role, now: float) -> Operator:
    """Return a new operator with the password hashed (takes about 30 ms)."""
    return Operator(normal(name), role, hash_password(password), now)


def seal(operator: Operator) -> str:
    """Return the mark that ties a session to the password it was opened with."""
    return hashlib.sha256(operator.password_hash.encode()).hexdigest()[:16]


async def find(redis: Redis, name: str) -> Operator | None:
    """Return the operator of this name, or None."""
    text = await redis.hget(keys.OPERATORS, name)
    return read_or(keys.OPERATORS, text, lambda stored: _read(name, stored), None)


async def find_typed(redis: Redis, typed: str) -> Operator | None:
    """Return the operator of a typed name, or None; Redis is asked the same for any name.

    Raises NoOperatorError.
    """
    staff = await all_operators(redis)
    if not staff:
        raise NoOperatorError
    name = known_name(staff, typed)
    return staff[name] if name is not None else None


async def all_operators(redis: Redis) -> dict[str, Operator]:
    """Return all operators by name."""
    return _read_all(await redis.hgetall(keys.OPERATORS))


async def count(redis: Redis) -> int:
    """Return how many operators there are."""
    return await redis.hlen(keys.OPERATORS)


async def change(redis: Redis, decide: Callable[[Staff], Operator | None]) -> Operator | None:
    """Save the operator that `decide` returns for all operators as they are now; None changes nothing.

    Atomic over all gateways and scripts. Raises what `decide` raises (StaffError).
    """

    async def save(pipe: Pipeline) -> tuple[Operator | None, Operator | None]:
        found = await pipe.hgetall(keys.OPERATORS)
        staff = _read_all(found)
        decided = decide(staff)
        if decided is not None and decided.name not in staff and decided.name.encode() in found:
            raise StaffError("operator_exists", "There is an operator of this name who cannot be read.")
        pipe.multi()
        if decided is None:
            return None, None
        pipe.hset(keys.OPERATORS, decided.name, _write(decided))
        return staff.get(decided.name), decided

    before, after = await redis.transaction(save, keys.OPERATORS, value_from_callable=True)
    if after is not None:
        await revocations.try_record(redis, ended_access(before, after, time.time()))
    return cast("Operator | None", after)


def ended_access(before: Operator | None, after: Operator, now: float) -> list[Revocation]:
    """Return the access that a change takes from an operator, or gives back. Pure."""
    if before is None:
        return []
    ended = []
    if before.disabled != after.disabled:
        ended.append(Revocation("operator", after.name, now, over=after.disabled))
    if before.role != after.role:
        ended.append(Revocation("owner", after.name, now, over=after.role != "owner"))
    if before.password_hash != after.password_hash:
        ended.append(Revocation("password", after.name, now))
    return ended


async def ensure_first(redis: Redis, name: str, password: str) -> None:
    """Add the first operator, an owner, if there is none; without a `name` log how. Raises RedisError."""
    if await count(redis):
        return
    if not name:
        hint = "set ADMIN_USERNAME and ADMIN_PASSWORD, restart"
        _LOG.error("push_gateway.no_operator", extra={"way_out": hint})
        return
    owner = await asyncio.to_thread(make_operator, name, password, "owner", time.time())
    if await change(redis, lambda staff: None if staff else owner) is not None:
        _LOG.info("push_gateway.first_operator", extra={"operator": owner.name})


def _read_all(found: Mapping[bytes, bytes]) -> dict[str, Operator]:
    read = read_each(keys.OPERATORS, found.items(), lambda one: _read(one[0].decode(), one[1]))
    return {operator.name: operator for operator in read}


def _read(name: str, text: bytes) -> Operator:
    """Read an operator; a later version's further fields do not count. Raises ValueError or LookupError."""
    stored = orjson.loads(text)
    if stored["role"] not in get_args(Role):
        raise ValueError("not a role")
    known = {field: stored[field] for field in ("role", "password_hash", "created")}
    return Operator(name, **known, disabled=bool(stored.get("disabled")))


def _write(operator: Operator) -> bytes:
    fields = asdict(operator)
    del fields["name"]
    return orjson.dumps(fields)
