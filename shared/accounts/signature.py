"""Avito's `X-Avito-Messenger-Signature`: how it is believed to be made, until Avito says."""

import hashlib
import hmac

HEADER = b"x-avito-messenger-signature"
LONGEST = 256
"""Bytes of the header that are kept."""


def verify(secret: bytes, body: bytes, signature: bytes) -> bool:
    """Tell whether `signature` is the hex HMAC-SHA256 of the raw body under `secret`, in constant time.

    The algorithm is not documented, so nothing may depend on the answer unless it was switched on.
    """
    given = signature.strip().lower().removeprefix(b"sha256=")
    return hmac.compare_digest(hmac.digest(secret, body, hashlib.sha256).hex().encode(), given)
