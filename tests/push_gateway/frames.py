"""Splits what the gateway writes to a socket into its unmasked text frames."""

from typing import Any

import orjson


def payloads(written: bytes) -> list[bytes]:
    """Return the payloads of joined server frames."""
    found = []
    at = 0
    while at < len(written):
        assert written[at] == 0x81, "a text frame in one piece"
        size, at = written[at + 1], at + 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size, at = int.from_bytes(written[at : at + width], "big"), at + width
        found.append(written[at : at + size])
        at += size
    return found


def read(written: bytes) -> list[dict[str, Any]]:
    """Return joined server frames as JSON."""
    return [orjson.loads(payload) for payload in payloads(written)]
