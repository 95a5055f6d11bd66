"""One spooled webhook as a line of text: `<checksum> <accepted> <encoding> <body>`, the body in base64.

The encoding is `-` where there is none, else `=` and base64. Version 0.1 wrote a signature there, which has
no `=` in front, and `-` for an empty body, which base64 reads as nothing. No field can contain a newline, so
a torn or corrupt record ends at the next one, and no body can pose as a record.
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
    encoding = b"=" + binascii.b2a_base64(webhook.encoding, newline=False) if webhook.encoding else b"-"
    content = b"%b %b %b" % (repr(webhook.accepted).encode(), encoding, body)
    return _checksum(content) + b" " + content + b"\n"


def decode(line: bytes) -> Webhook | None:
    """Return the webhook of a line; None when the line is not exactly what `encode` wrote."""
    checksum, _, content = line.removesuffix(b"\n").partition(b" ")
    if checksum != _checksum(content):
        return None
    accepted, encoding, body = content.split(b" ")
    given = binascii.a2b_base64(encoding[1:]) if encoding.startswith(b"=") else b""
    return Webhook(binascii.a2b_base64(body), float(accepted), given)


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECKSUM_BYTES).hexdigest().encode()
