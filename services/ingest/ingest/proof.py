"""Whether a post proves that it comes from Avito: by the secret in its address, in the same time for all."""

import hashlib
from collections.abc import Iterable
from hmac import compare_digest

SLOTS = 3
"""The secret in use, the one before it, and another that the settings still name."""


class Proof:
    """The secrets that prove a post, held as digests so that neither length nor content shows in the time."""

    __slots__ = ("_digests", "_filler")

    def __init__(self, secrets: Iterable[str], filler: bytes) -> None:
        """Take up to SLOTS secrets; `filler` is random, and proves nothing, where there are fewer."""
        self._filler = filler
        self.accept(secrets)

    def accept(self, secrets: Iterable[str]) -> None:
        """Let these prove from now on, and no others."""
        digests = [_digest(secret.encode()) for secret in secrets if secret]
        self._digests = (*digests, *(self._filler,) * SLOTS)[:SLOTS]

    def holds(self, given: bytes) -> bool:
        """Tell whether `given` is one of the secrets. All are always compared."""
        digest = _digest(given)
        first, second, third = self._digests
        return compare_digest(digest, first) | compare_digest(digest, second) | compare_digest(digest, third)


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()
