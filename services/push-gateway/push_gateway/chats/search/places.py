"""Which searches run: a few at once, one of a session, so that one who asks for many delays no other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from push_gateway.http.errors import too_often
from push_gateway.http.keyed_semaphore import KeyedSemaphore

_AT_ONCE = 2
_OF_ONE_SESSION = 16
"""With those that wait: who types fast has given up most of them."""


class SearchPlaces:
    """Searches run in the order of their sessions' first ones."""

    def __init__(self) -> None:
        self._places = KeyedSemaphore(_AT_ONCE, of_one=1)

    @asynccontextmanager
    async def take(self, digest: str) -> AsyncIterator[None]:
        """Wait for a place; raises ApiError 429 where too many searches of the session wait already."""
        if self._places.count(digest) >= _OF_ONE_SESSION:
            raise too_often(1.0)
        async with self._places.place(digest):
            yield
