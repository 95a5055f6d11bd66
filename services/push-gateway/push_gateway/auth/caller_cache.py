"""Remembers callers for a moment: spares Redis a lookup per request, and bridges its short absences."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from redis.exceptions import RedisError

from push_gateway.auth.access import Caller

FRESH_FOR = 2.0
"""Seconds for which a caller is not looked up again."""
TRUSTED_FOR = 60.0
"""Seconds for which a caller stays known while Redis is away, so that its absence logs no one out."""
_REMEMBERED = 10_000


@dataclass(slots=True)
class _Known:
    caller: Caller
    looked_up_at: float
    noted_at: float


class CallerCache:
    """Callers by the digest of their session or token.

    `look_up` returns the caller as of now or None; `note_use` is called at most every `note_every` seconds.
    `clock` must be a steady one: a wall clock that is set back would keep old answers alive.
    """

    def __init__(
        self,
        look_up: Callable[[str], Awaitable[Caller | None]],
        note_use: Callable[[Caller], Awaitable[None]],
        *,
        note_every: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look_up = look_up
        self._note_use = note_use
        self._note_every = note_every
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def find(self, digest: str, *, fresh: bool = False) -> Caller | None:
        """Return the caller, None when there is none; `fresh`: as of now, not of a moment ago.

        Raises RedisError when that cannot be known now.
        """
        known, now = self._known.get(digest), self._clock()
        if known is not None and not fresh and now - known.looked_up_at < FRESH_FOR:
            return known.caller
        try:
            caller = await self._look_up(digest)
        except (RedisError, OSError, TimeoutError):
            if known is not None and not fresh and now - known.looked_up_at < TRUSTED_FOR:
                return known.caller
            raise
        if caller is None:
            self.forget(digest)
            return None
        await self._remember(digest, caller, now)
        return caller

    def forget(self, digest: str) -> None:
        """Look this caller up the next time."""
        self._known.pop(digest, None)

    async def _remember(self, digest: str, caller: Caller, now: float) -> None:
        known = self._known.pop(digest, None)
        noted_at = known.noted_at if known else float("-inf")
        if now - noted_at > self._note_every:
            with suppress(RedisError, OSError):  # a Redis that refuses writes can still identify callers
                await self._note_use(caller)
                noted_at = now
        self._known[digest] = _Known(caller, now, noted_at)
        while len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]
