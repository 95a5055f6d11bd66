"""Who was seen a moment ago: spares Redis a question per request, and bridges its short absences."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from redis.exceptions import RedisError

from push_gateway.auth.access import Caller

FRESH_FOR = 2.0
"""Seconds for which an answer counts without asking again."""
TRUSTED_FOR = 60.0
"""Seconds for which it counts while Redis cannot be asked, so that nobody is logged out by its absence."""
_HELD = 10_000


@dataclass(slots=True)
class _Seen:
    caller: Caller
    asked_at: float
    noted_at: float


class CallerCache:
    """Callers by the digest of their session or token.

    `ask` says who it is now, None for nobody; `note` is told of use, at most every `note_every` seconds.
    `clock` must be a steady one: a wall clock that is set back would keep old answers alive.
    """

    def __init__(
        self,
        ask: Callable[[str], Awaitable[Caller | None]],
        note: Callable[[Caller], Awaitable[None]],
        *,
        note_every: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._note = note
        self._note_every = note_every
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    async def find(self, digest: str, *, fresh: bool = False) -> Caller | None:
        """Return who this is, None when it is known to be nobody; `fresh`: as of now, not of a moment ago.

        Raises RedisError when that cannot be known now.
        """
        seen, now = self._seen.get(digest), self._clock()
        if seen is not None and not fresh and now - seen.asked_at < FRESH_FOR:
            return seen.caller
        try:
            caller = await self._ask(digest)
        except (RedisError, OSError, TimeoutError):
            if seen is not None and not fresh and now - seen.asked_at < TRUSTED_FOR:
                return seen.caller
            raise
        if caller is None:
            self.forget(digest)
            return None
        await self._remember(digest, caller, now)
        return caller

    def forget(self, digest: str) -> None:
        """Ask again the next time."""
        self._seen.pop(digest, None)

    async def _remember(self, digest: str, caller: Caller, now: float) -> None:
        seen = self._seen.pop(digest, None)
        noted_at = seen.noted_at if seen else float("-inf")
        if now - noted_at > self._note_every:
            with suppress(RedisError, OSError):  # a Redis that refuses writes can still say who this is
                await self._note(caller)
                noted_at = now
        self._seen[digest] = _Seen(caller, now, noted_at)
        while len(self._seen) > _HELD:
            del self._seen[next(iter(self._seen))]
