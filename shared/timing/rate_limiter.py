"""How often something may be done: a burst at once, and a rate in the long run. Pure.

Moments are seconds of any clock that only runs forward.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class RateLimiter:
    """Allows `burst` at once and `per_second` in the long run (the generic cell rate algorithm)."""

    per_second: float
    burst: float = 1.0
    _paid_until: float = field(default=float("-inf"), init=False)

    def take(self, now: float, cost: float = 1.0) -> float:
        """Return 0 and count `cost`, or count nothing and return the seconds to wait."""
        paid = max(self._paid_until, now)
        wait = paid - now - (self.burst - cost) / self.per_second
        if wait > 0:
            return wait
        self._paid_until = paid + cost / self.per_second
        return 0.0

    def pause(self, now: float, seconds: float) -> None:
        """Allow nothing for `seconds`."""
        self._paid_until = max(self._paid_until, now + seconds + (self.burst - 1) / self.per_second)


@dataclass(slots=True)
class RateLimiters:
    """A limiter for each name; beyond `names` of them the least recently used one is forgotten."""

    per_second: float
    burst: float = 1.0
    names: int = 10_000
    _by_name: dict[str, RateLimiter] = field(default_factory=dict, init=False)

    def take(self, name: str, now: float) -> float:
        """Return 0 and count one for this name, or the seconds to wait."""
        limiter = self._by_name.pop(name, None) or RateLimiter(self.per_second, self.burst)
        self._by_name[name] = limiter
        if len(self._by_name) > self.names:
            del self._by_name[next(iter(self._by_name))]
        return limiter.take(now)

    def forget(self, name: str) -> None:
        """Allow this name its burst again."""
        self._by_name.pop(name, None)
