"""The certificate of our public name, as a client sees it that trusts the public authorities."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2

from avito_live.doctor.certificate_dates import days_left, ends_soon
from avito_live.doctor.rows import Row, row

_PATIENCE_S = 5.0
_VERIFY_CODES = {
    9: "certificate_not_yet",
    10: "certificate_expired",
    18: "certificate_self_signed",
    19: "certificate_self_signed",
    20: "certificate_chain",
    21: "certificate_chain",
    62: "certificate_wrong_name",
    64: "certificate_wrong_name",
}
"""X509_V_ERR_… of OpenSSL."""
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG")
_ALERTS = ("ALERT", "UNRECOGNIZED_NAME")


def judge_error(error: ssl.SSLError, host: str) -> Row:
    """Return the row of a handshake that failed. Pure."""
    if isinstance(error, ssl.SSLCertVerificationError):
        name = _VERIFY_CODES.get(error.verify_code, "certificate_refused")
        return row(name, host=host, error=error.verify_message)
    reason = str(error.reason)
    if reason in _NO_TLS:
        return row("no_tls")
    if any(word in reason for word in _ALERTS):
        return row("certificate_none", host=host, error=reason)
    return row("certificate_refused", error=reason)


def judge_dates(certificate: Mapping[str, Any], now: float) -> Row:
    """Return the row of a certificate that is accepted, by the time that is left. Pure."""
    name = "certificate_ends" if ends_soon(certificate, now) else "certificate_right"
    return row(name, days=days_left(certificate, now))


async def check(url: str, *, meant: bool) -> Row:
    """Open a connection as Avito does. `meant`: WEBHOOK_URL was set."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    if parts.scheme != "https":
        return row("plain_http").if_meant(meant=meant)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(host, port, ssl=httpx2.create_ssl_context())
        certificate = writer.get_extra_info("ssl_object").getpeercert()
        writer.close()
    except ssl.SSLError as error:
        return judge_error(error, host)
    except (OSError, TimeoutError) as error:
        return row("https_closed", port=port, error=type(error).__name__)
    return judge_dates(certificate, time.time())
