"""Handshakes: how often an address may come, and how many are authenticated at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.timing.rate_limiter import RateLimiters

AT_ONCE = 32
AT_ONCE_OF_ONE = 8
BURST = 500
"""As many as an address may have sockets: all of an office come back at once."""
PER_SECOND = 50


class HandshakeLimiter:
    """Handshakes of all addresses; '' is this very machine, which may come as often as it likes."""

    def __init__(self) -> None:
        self._rates = RateLimiters(PER_SECOND, BURST)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._of_one: dict[str, asyncio.Semaphore] = {}
        self._here = Counter[str]()

    def may_come(self, address: str, now: float) -> bool:
        """Count a handshake; False when there were too many from this address."""
        return not address or not self._rates.take(address, now)

    @asynccontextmanager
    async def place(self, address: str) -> AsyncIterator[None]:
        """Wait for a place in which a socket is authenticated; one address never takes them all."""
        if not address:
            async with self._places:
                yield
            return
        self._here[address] += 1
        try:
            async with self._of_one.setdefault(address, asyncio.Semaphore(AT_ONCE_OF_ONE)), self._places:
                yield
        finally:
            self._here[address] -= 1
            if not self._here[address]:
                del self._here[address], self._of_one[address]
