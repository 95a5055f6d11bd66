"""Handshakes: how often an address may come, and how many are authenticated at once."""

from contextlib import AbstractAsyncContextManager

from push_gateway.http.keyed_semaphore import KeyedSemaphore
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
        self._places = KeyedSemaphore(AT_ONCE, AT_ONCE_OF_ONE)

    def may_come(self, address: str, now: float) -> bool:
        """Count a handshake; False when there were too many from this address."""
        return not address or not self._rates.take(address, now)

    def place(self, address: str) -> AbstractAsyncContextManager[None]:
        """Wait for a place in which a socket is authenticated; one address never takes them all."""
        return self._places.place(address)
