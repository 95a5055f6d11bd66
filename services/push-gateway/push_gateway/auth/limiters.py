"""Bounds of one caller: open sockets of a session and of an address, requests a second. Values only."""

from collections import Counter
from dataclasses import dataclass, field

PER_SESSION = 200
PER_ADDRESS = 500


@dataclass(slots=True)
class ConnectionLimiter:
    """Open sockets by session and by address."""

    per_session: int = PER_SESSION
    per_address: int = PER_ADDRESS
    sessions: Counter[str] = field(default_factory=Counter)
    addresses: Counter[str] = field(default_factory=Counter)

    def enter(self, digest: str, address: str) -> bool:
        """Count a socket in; False (and not counted) when there are too many already.

        An `address` of '' (this very machine, through no proxy) has no limit.
        """
        if not address:
            self.sessions[digest] += 1
            return True
        if self.sessions[digest] >= self.per_session or self.addresses[address] >= self.per_address:
            self._tidy(digest, address)
            return False
        self.sessions[digest] += 1
        self.addresses[address] += 1
        return True

    def leave(self, digest: str, address: str) -> None:
        """Count a socket out."""
        self.sessions[digest] -= 1
        if address:
            self.addresses[address] -= 1
        self._tidy(digest, address)

    def _tidy(self, digest: str, address: str) -> None:
        if self.sessions[digest] <= 0:
            del self.sessions[digest]
        if self.addresses[address] <= 0:
            del self.addresses[address]


@dataclass(slots=True)
class RateLimiter:
    """At most `burst` requests at once and `per_second` in the long run, for each name.

    At most `names` are remembered; beyond that the least recently used one is forgotten.
    """

    per_second: float
    burst: float
    names: int = 10_000
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, name: str, now: float) -> float | None:
        """Count one request at `now` (any steady clock); returns the seconds to wait when it is too many."""
        left, since = self._left.pop(name, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.per_second)
        wait = None if left >= 1 else (1 - left) / self.per_second
        self._left[name] = (left - 1 if wait is None else left, now)
        if len(self._left) > self.names:
            del self._left[next(iter(self._left))]
        return wait
