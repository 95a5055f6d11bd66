"""Whether a post proves that it comes from Avito: by the secret in its URL, compared in constant time."""

import hashlib
from collections.abc import Iterable
from hmac import compare_digest

SLOTS = 3
"""The secret in use, the one before it, and another that the settings still name."""


class WebhookSecrets:
    """The secrets that prove a post, kept as digests so that timing shows neither length nor content."""

    __slots__ = ("_digests", "_filler", "_key")

    def __init__(self, configured: tuple[str, ...], filler: bytes) -> None:
        """Begin with the secrets of the settings. `filler` is random and fills the slots left over.

        Digests are keyed by the first secret, so that without it they tell nothing of what they are made of.
        """
        self._filler = filler
        self._key = hashlib.sha256("".join(configured[:1]).encode()).digest()
        self.replace(self.digests(configured))

    def digests(self, secrets: Iterable[str]) -> list[bytes]:
        """Return what `replace` takes."""
        return [self._digest(secret.encode()) for secret in secrets if secret]

    def replace(self, digests: Iterable[bytes]) -> None:
        """Let these secrets prove a post from now on, and no others."""
        self._digests = (*digests, *(self._filler,) * SLOTS)[:SLOTS]

    def verify(self, given: bytes) -> bool:
        """Tell whether `given` is one of the secrets. It is always compared with all of them."""
        digest = self._digest(given)
        first, second, third = self._digests
        return compare_digest(digest, first) | compare_digest(digest, second) | compare_digest(digest, third)

    def _digest(self, secret: bytes) -> bytes:
        return hashlib.blake2b(secret, key=self._key, digest_size=32).digest()
