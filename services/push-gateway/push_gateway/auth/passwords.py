"""Password hashes, and the places in which they are made."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from push_gateway.auth.network_queue import FullError, NetworkQueue
from push_gateway.auth.staff import Operator, normal
from push_gateway.http.errors import ApiError

AT_ONCE = 2
MOST_WAITING = 256
"""As many networks may try at once: the last of them waits about four seconds."""
MOST_OF_ONE = 8
# 19 MiB and two passes: OWASP's advice for argon2id with one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

Result = TypeVar("Result")


class BusyError(ApiError):
    """Too many passwords are being checked or hashed at this moment."""

    def __init__(self) -> None:
        super().__init__(429, "too_often", "Too many passwords at once. Wait a moment.", {"Retry-After": "2"})


class Passwords:
    """Checks and hashes passwords in two threads of its own, by turns between the networks that ask.

    An unknown name takes as long as a known one. A hash takes 19 MiB, so more threads would take more
    memory, and other work must not wait for them. `address`: who asks. Raises BusyError.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._queue = NetworkQueue(AT_ONCE, MOST_WAITING, MOST_OF_ONE)
        self._decoy = _HASHER.hash("the password of no operator")

    async def check(self, operator: Operator | None, password: str, address: str = "") -> bool:
        """Whether this is the operator's password; False for no operator or a disabled one."""
        usable = operator is not None and not operator.disabled
        known = operator.password_hash if operator is not None and usable else self._decoy
        for form in _forms(password):  # a turn each: one who guesses in odd letters waits longer
            if await self._run(address, partial(_verifies, known, form)):
                return usable
        return False

    async def hash(self, password: str, address: str) -> str:
        """Return the hash that is stored of a password."""
        return await self._run(address, partial(hash_password, password))

    async def _run(self, address: str, work: Callable[[], Result]) -> Result:
        try:
            async with self._queue.place(address):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except FullError:
            raise BusyError from None


def hash_password(password: str) -> str:
    """Return the hash that is stored of a password (takes about 30 ms)."""
    return _HASHER.hash(normal(password))


def _forms(password: str) -> list[str]:
    """Return the form in which passwords are kept, then those in which they were kept before."""
    return [*dict.fromkeys((normal(password), password, unicodedata.normalize("NFD", password)))]


def _verifies(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False
