"""How often a caller of each kind may ask; each gateway counts for itself. Values only."""

from dataclasses import dataclass, field

from shared.http import forwarded
from shared.timing.rate_limiter import RateLimiters


@dataclass(frozen=True, slots=True)
class StrangerRates:
    """How often strangers may ask: of one network, and of all in a wider one."""

    of_network: RateLimiters = field(default_factory=lambda: RateLimiters(per_second=5, burst=100))
    of_wider: RateLimiters = field(default_factory=lambda: RateLimiters(per_second=20, burst=400))

    def take(self, address: str, now: float) -> float:
        """Return 0 and count a request, or the seconds to wait."""
        wait = self.of_network.take(forwarded.network_of(address), now)
        return wait or self.of_wider.take(forwarded.wider_network_of(address), now)


@dataclass(frozen=True, slots=True)
class CallerRates:
    """The rates of requests; a login has its own."""

    operator: RateLimiters = field(default_factory=lambda: RateLimiters(per_second=50, burst=500))
    program: RateLimiters = field(default_factory=lambda: RateLimiters(per_second=20, burst=100))
    stranger: StrangerRates = field(default_factory=StrangerRates)
    login: StrangerRates = field(default_factory=StrangerRates)
