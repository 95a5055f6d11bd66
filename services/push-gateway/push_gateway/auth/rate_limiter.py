"""How often one caller may ask: a bucket of requests that fills again. Values only."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class RateLimiter:
    """At most `burst` requests at once and `per_second` in the long run, for each name.

    At most `names` are held; beyond that the one that has not asked for longest is forgotten.
    """

    per_second: float
    burst: float
    names: int = 10_000
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, name: str, now: float) -> float | None:
        """Count one request at `now` (any steady clock); returns the seconds to wait when none is left."""
        left, since = self._left.pop(name, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.per_second)
        wait = None if left >= 1 else (1 - left) / self.per_second
        self._left[name] = (left - 1 if wait is None else left, now)
        if len(self._left) > self.names:
            del self._left[next(iter(self._left))]
        return wait
