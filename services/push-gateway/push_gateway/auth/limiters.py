"""Bounds the open sockets of a session and of an address. Values only."""

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
