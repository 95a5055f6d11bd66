"""Operators: who may log in, with which role, and how their passwords are kept."""

import asyncio
from dataclasses import asdict, dataclass

import orjson
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from redis.asyncio import Redis
from redis.exceptions import WatchError

from push_gateway.access import Role
from shared import keys

LONGEST_NAME = 64
LONGEST_PASSWORD = 1024
_AT_ONCE = 2
_WAITING_AT_MOST = 16
# 19 MiB and two passes: OWASP's advice for argon2id with one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator as stored. `created` in Unix seconds."""

    name: str
    role: Role
    password_hash: str
    created: float
    disabled: bool = False


class BusyError(Exception):
    """Too many passwords are being checked at this moment."""


class Passwords:
    """Checks passwords in threads, few at once, in the same time whoever is asked for."""

    def __init__(self) -> None:
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._nobody = _HASHER.hash("nobody has this password")

    async def check(self, operator: Operator | None, password: str) -> bool:
        """Whether this is the operator's password; False for no operator or a disabled one."""
        if self._waiting >= _WAITING_AT_MOST:
            raise BusyError
        self._waiting += 1
        try:
            async with self._gate:
                usable = operator is not None and not operator.disabled
                known = operator.password_hash if operator is not None and usable else self._nobody
                return await asyncio.to_thread(_matches, known, password) and usable
        finally:
            self._waiting -= 1


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False


def make(name: str, password: str, role: Role, now: float) -> Operator:
    """Return a new operator with the password hashed (takes about 30 ms)."""
    return Operator(name, role, _HASHER.hash(password), now)


async def find(redis: Redis, name: str) -> Operator | None:
    """Return the operator of this name, or None."""
    text = await redis.execute_command("HGET", keys.OPERATORS, name)
    return Operator(name=name, **orjson.loads(text)) if text else None


async def save(redis: Redis, operator: Operator) -> None:
    """Add or replace an operator."""
    await redis.execute_command("HSET", keys.OPERATORS, operator.name, _write(operator))


async def count(redis: Redis) -> int:
    """Return how many operators there are."""
    return int(await redis.execute_command("HLEN", keys.OPERATORS))


async def add_first(redis: Redis, operator: Operator) -> bool:
    """Add the first operator if there is none; atomic over all gateways. Returns whether it was added."""
    async with redis.pipeline(transaction=True) as pipe:
        try:
            await pipe.watch(keys.OPERATORS)
            if await pipe.execute_command("HLEN", keys.OPERATORS):
                return False
            pipe.multi()
            pipe.execute_command("HSET", keys.OPERATORS, operator.name, _write(operator))
            await pipe.execute()
        except WatchError:
            return False
        return True


def _write(operator: Operator) -> bytes:
    fields = asdict(operator)
    del fields["name"]
    return orjson.dumps(fields)
