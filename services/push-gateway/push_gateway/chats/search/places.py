"""Which searches run: a few at once, one of a session, so that one who asks for many delays no other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from push_gateway.http.errors import too_often

_AT_ONCE = 2
_OF_ONE_SESSION = 16
"""With those that wait: who types fast has given up most of them."""


@dataclass(slots=True)
class _Line:
    """The searches of one session."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    count: int = 0


class SearchPlaces:
    """Searches run in the order of their sessions' first ones."""

    def __init__(self) -> None:
        self._running = asyncio.Semaphore(_AT_ONCE)
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def take(self, digest: str) -> AsyncIterator[None]:
        """Wait for a place; raises ApiError 429 where too many searches of the session wait already."""
        line = self._lines.setdefault(digest, _Line())
        if line.count >= _OF_ONE_SESSION:
            raise too_often(1.0)
        line.count += 1
        try:
            async with line.lock, self._running:
                yield
        finally:
            line.count -= 1
            if not line.count:
                del self._lines[digest]
