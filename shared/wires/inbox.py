"""The entries that ingest writes for the worker: one for each webhook, proven or unverified.

Fields: `b` raw body, `t` when accepted (Unix seconds, text), `e` its `Content-Encoding`, if it has one. A
canary has only `c` = `1` and `t`: it shows that the path from ingest to the browsers works, and changes
nothing in the read model.
"""

from collections.abc import Mapping
from dataclasses import dataclass

BODY = b"b"
ACCEPTED = b"t"
ENCODING = b"e"
CANARY = b"c"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A post as it came, not parsed yet. `encoding`: its `Content-Encoding`, as it came; often empty."""

    body: bytes
    accepted: float
    encoding: bytes = b""


def write(webhook: Webhook) -> list[bytes]:
    """Return the fields and values of a stream entry, flat."""
    fields = [BODY, webhook.body, ACCEPTED, repr(webhook.accepted).encode()]
    return [*fields, ENCODING, webhook.encoding] if webhook.encoding else fields


def read(fields: Mapping[bytes, bytes]) -> Webhook:
    """Read a stream entry; a missing field reads as empty, so that no entry can raise an error."""
    try:
        accepted = float(fields.get(ACCEPTED, b"0"))
    except ValueError:
        accepted = 0.0
    return Webhook(fields.get(BODY, b""), accepted, fields.get(ENCODING, b""))


def canary(accepted: float) -> list[bytes]:
    """Return the fields and values of a canary, flat."""
    return [CANARY, b"1", ACCEPTED, repr(accepted).encode()]


def is_canary(fields: Mapping[bytes, bytes]) -> bool:
    """Tell whether an entry is a canary."""
    return CANARY in fields
