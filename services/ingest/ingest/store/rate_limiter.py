"""How many unverified webhooks an address may send: a fixed window over a bounded table."""

from dataclasses import dataclass, field

OTHERS = "others"
"""All addresses that did not fit into the table, counted together."""


@dataclass(slots=True)
class WindowLimiter:
    """Allows each address `limit` posts in `window_s` seconds, and tells `addresses` of them apart."""

    limit: int = 60
    window_s: float = 60.0
    addresses: int = 10_000
    _ends: float = 0.0
    _counts: dict[str, int] = field(default_factory=dict)

    def allows(self, address: str, now: float) -> bool:
        """Count one post of `address` at `now` (any monotonic clock); False when it is over the limit."""
        if now >= self._ends:
            self._ends = now + self.window_s
            self._counts.clear()
        if address not in self._counts and len(self._counts) >= self.addresses:
            address = OTHERS
        count = self._counts.get(address, 0) + 1
        self._counts[address] = count
        return count <= self.limit
