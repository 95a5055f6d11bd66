"""One spooled webhook as a line of text: `<checksum> <accepted> - <body>`, the body in base64.

Where the `-` is, version 0.1 wrote the signature that came with the webhook, and `-` for an empty body,
which base64 reads as nothing. No field can contain a newline, so a torn or corrupt record ends at the next
one, and no body can pose as a record.
"""

import binascii
import hashlib

from shared.wires.inbox import Webhook

LONGEST = 512 * 1024
"""No line has more bytes."""

_CHECKSUM_BYTES = 12


def encode(webhook: Webhook) -> bytes:
    """Return the line of a webhook, newline included."""
    body = binascii.b2a_base64(webhook.body, newline=False)
    content = b"%b - %b" % (repr(webhook.accepted).encode(), body)
    return _checksum(content) + b" " + content + b"\n"


def decode(line: bytes) -> Webhook | None:
    """Return the webhook of a line; None when the line is not exactly what `encode` wrote."""
    checksum, _, content = line.removesuffix(b"\n").partition(b" ")
    if checksum != _checksum(content):
        return None
    accepted, _, body = content.split(b" ")
    return Webhook(binascii.a2b_base64(body), float(accepted))


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECKSUM_BYTES).hexdigest().encode()
