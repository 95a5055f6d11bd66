"""When a certificate should have been renewed. Pure."""

import ssl
from collections.abc import Mapping
from typing import Any

_DAY_S = 86_400
_RENEWED_BY, _RENEWED_BY_S = 1 / 6, 30 * _DAY_S
"""The share of its life that is left when one should have been renewed; Caddy does it at a third."""


def ends_soon(certificate: Mapping[str, Any], now: float) -> bool:
    """Tell whether a certificate should have been renewed by now."""
    began, ends = (ssl.cert_time_to_seconds(certificate[name]) for name in ("notBefore", "notAfter"))
    return ends - now < min((ends - began) * _RENEWED_BY, _RENEWED_BY_S)


def days_left(certificate: Mapping[str, Any], now: float) -> int:
    """Return the whole days until a certificate ends."""
    return int((ssl.cert_time_to_seconds(certificate["notAfter"]) - now) // _DAY_S)
