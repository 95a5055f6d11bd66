"""What ingest hands the worker: one stream entry a webhook, proven or only a hint.

Fields: `b` raw body, `t` when accepted (Unix seconds, text), `s` Avito's signature header as it came
(absent when there was none), at most 256 bytes of it. A canary has `c` = `1` and `t` only: it shows that
the way from ingest to the browsers is open, and touches no read model.
"""

from collections.abc import Mapping
from dataclasses import dataclass

BODY = b"b"
ACCEPTED = b"t"
SIGNATURE = b"s"
CANARY = b"c"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A post as it came: nothing of it is understood yet."""

    body: bytes
    accepted: float
    signature: bytes = b""


def write(webhook: Webhook) -> list[bytes]:
    """Return the fields and values of a stream entry, flat."""
    fields = [BODY, webhook.body, ACCEPTED, repr(webhook.accepted).encode()]
    return [*fields, SIGNATURE, webhook.signature] if webhook.signature else fields


def read(fields: Mapping[bytes, bytes]) -> Webhook:
    """Read a stream entry; what is missing reads as empty, so that nothing in the stream can hurt."""
    try:
        accepted = float(fields.get(ACCEPTED, b"0"))
    except ValueError:
        accepted = 0.0
    return Webhook(fields.get(BODY, b""), accepted, fields.get(SIGNATURE, b""))


def canary(accepted: float) -> list[bytes]:
    """Return the fields and values of a canary, flat."""
    return [CANARY, b"1", ACCEPTED, repr(accepted).encode()]


def is_canary(fields: Mapping[bytes, bytes]) -> bool:
    """Tell a canary from a webhook."""
    return CANARY in fields
