"""Bounds the uploads under way, of one caller and of all, since each takes up to 24 MB of disk."""

from collections import Counter
from dataclasses import dataclass, field

OF_ONE = 8
OF_ALL = 32


@dataclass(slots=True)
class UploadLimiter:
    """Uploads under way by the digest of their caller."""

    _callers: Counter[str] = field(default_factory=Counter, init=False)

    def enter(self, digest: str) -> bool:
        """Count an upload in; False (and not counted) when there are too many already."""
        if self._callers[digest] >= OF_ONE or self._callers.total() >= OF_ALL:
            return False
        self._callers[digest] += 1
        return True

    def leave(self, digest: str) -> None:
        """Count an upload out."""
        self._callers[digest] -= 1
        if not self._callers[digest]:
            del self._callers[digest]
