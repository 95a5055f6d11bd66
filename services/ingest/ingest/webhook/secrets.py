"""Whether a post proves that it comes from Avito: by the secret in its address, in the same time for all."""

import hashlib
from collections.abc import Iterable
from hmac import compare_digest

SLOTS = 3
"""The secret in use, the one before it, and another that the settings still name."""


class WebhookSecrets:
    """The secrets that prove a post, held as digests so that neither length nor content shows in the time."""

    __slots__ = ("_digests", "_filler", "_key")

    def __init__(self, own: tuple[str, ...], filler: bytes) -> None:
        """Take the secrets of the settings; `filler` is random, and proves nothing, in the slots left over.

        Digests are keyed by the first of them: what they were made from shows to nobody without it.
        """
        self._filler = filler
        self._key = hashlib.sha256("".join(own[:1]).encode()).digest()
        self.accept(self.digests(own))

    def digests(self, secrets: Iterable[str]) -> list[bytes]:
        """Return what `accept` takes."""
        return [self._digest(secret.encode()) for secret in secrets if secret]

    def accept(self, digests: Iterable[bytes]) -> None:
        """Let these prove from now on, and no others."""
        self._digests = (*digests, *(self._filler,) * SLOTS)[:SLOTS]

    def holds(self, given: bytes) -> bool:
        """Tell whether `given` is one of the secrets. All are always compared."""
        digest = self._digest(given)
        first, second, third = self._digests
        return compare_digest(digest, first) | compare_digest(digest, second) | compare_digest(digest, third)

    def _digest(self, secret: bytes) -> bytes:
        return hashlib.blake2b(secret, key=self._key, digest_size=32).digest()
