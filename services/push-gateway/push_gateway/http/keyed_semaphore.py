"""A semaphore of which each key has a part, so that the many who wait under one hold up no other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class KeyedSemaphore:
    """Lets `at_once` in, `of_one` of them of a key; those of a key in the order in which they came."""

    def __init__(self, at_once: int, of_one: int) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._of_one = of_one
        self._parts: dict[str, asyncio.Semaphore] = {}
        self._here = Counter[str]()

    def count(self, key: str) -> int:
        """Return how many of a key are in or wait."""
        return self._here[key]

    @asynccontextmanager
    async def place(self, key: str) -> AsyncIterator[None]:
        """Wait for a place, and keep it for the length of the block. The key '' has no part of its own."""
        if not key:
            async with self._all:
                yield
            return
        self._here[key] += 1
        try:
            async with self._parts.setdefault(key, asyncio.Semaphore(self._of_one)), self._all:
                yield
        finally:
            self._here[key] -= 1
            if not self._here[key]:
                del self._here[key], self._parts[key]
