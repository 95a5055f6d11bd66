"""Avito's `X-Avito-Messenger-Signature`, as we believe it to be made: Avito does not document it."""

import hashlib
import hmac

HEADER = b"x-avito-messenger-signature"
LONGEST = 256
"""Bytes of the header that are kept."""


def verify(secret: bytes, body: bytes, signature: bytes) -> bool:
    """Tell whether `signature` is the hex HMAC-SHA256 of the raw body under `secret`, in constant time.

    The algorithm is not documented, so nothing may depend on the result unless the owner switched it on.
    """
    given = signature.strip().lower().removeprefix(b"sha256=")
    return hmac.compare_digest(hmac.digest(secret, body, hashlib.sha256).hex().encode(), given)
