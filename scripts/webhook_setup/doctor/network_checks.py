"""The way from Avito to us, as far as it can be tried from here."""

import asyncio
import ssl
import time
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from webhook_setup import url_check
from webhook_setup.context import Desk
from webhook_setup.doctor.row import Row, bad, good, warning
from webhook_setup.doctor.words import words
from webhook_setup.probe import probe

_PATIENCE_S = 6.0
_DAYS_LEFT = 7
_WITHOUT_SESSION = (4401, 4403)


async def check(desk: Desk) -> list[Row]:
    """Return every row; without an address there is nothing to try."""
    if not desk.address.url:
        return []
    rows = [await _dns(desk), await _certificate(desk), await _webhook(desk)]
    return [*rows, await _websocket(desk)]


async def _dns(desk: Desk) -> Row:
    found = url_check.troubles(desk.address.url, await url_check.look_up(desk.address.url))
    trouble = next((one for one in found if one.trouble != "plain_http"), None)
    host = urlsplit(desk.address.url).hostname or "?"
    if trouble is None:
        return good("dns", host)
    way = _say(desk, "set_dns")
    if trouble.trouble == "no_dns":
        return bad("dns", f"{host}: {_say(desk, 'no_name')}", way)
    row = warning if desk.explicit else bad
    return row("dns", f"{host}: {_say(desk, 'private_name', address=trouble.address)}", way)


async def _certificate(desk: Desk) -> Row:
    parts = urlsplit(desk.address.url)
    if parts.scheme != "https":
        return (warning if desk.explicit else bad)(
            "https", _say(desk, "plain"), _say(desk, "get_certificate")
        )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 443, ssl=ssl.create_default_context()
            )
        certificate = writer.get_extra_info("ssl_object").getpeercert()
        writer.close()
    except ssl.SSLError as error:
        found = _say(desk, "no_certificate", error=getattr(error, "verify_message", "") or error.reason)
        return bad("https", found, _say(desk, "get_certificate"))
    except (OSError, TimeoutError) as error:
        found = _say(desk, "no_certificate", error=type(error).__name__)
        return warning("https", found, _say(desk, "maybe_router"))
    days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) // 86_400)
    found = _say(desk, "certificate", days=days)
    return good("https", found) if days > _DAYS_LEFT else bad("https", found, _say(desk, "get_certificate"))


async def _webhook(desk: Desk) -> Row:
    came = await probe(desk.address.url)
    if came.status is None:
        return warning("webhook", _say(desk, "silent", error=came.error), _say(desk, "maybe_router"))
    if came.ok:
        return good("webhook", _say(desk, "answered", ms=round(came.ms)))
    found = _say(desk, "answered_wrong", status=came.status, ms=round(came.ms))
    return bad("webhook", found, _say(desk, "check_proxy"))


async def _websocket(desk: Desk) -> Row:
    """Open the panel's socket without a session: the right answer is a close that says so."""
    parts = urlsplit(desk.address.url)
    url = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/admin/avito/ws"
    try:
        async with connect(url, open_timeout=_PATIENCE_S, close_timeout=1) as socket:
            async with asyncio.timeout(_PATIENCE_S):
                await socket.recv()
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else None
        if code in _WITHOUT_SESSION:
            return good("websocket", _say(desk, "upgraded"))
        return bad("websocket", _say(desk, "not_upgraded", error=code), _say(desk, "proxy_upgrade"))
    except (OSError, TimeoutError) as error:
        found = _say(desk, "not_upgraded", error=type(error).__name__)
        return warning("websocket", found, _say(desk, "maybe_router"))
    except WebSocketException as error:
        found = _say(desk, "not_upgraded", error=error)
        return (warning if desk.explicit else bad)("websocket", found, _say(desk, "proxy_upgrade"))
    return good("websocket", _say(desk, "upgraded"))


def _say(desk: Desk, word: str, **values: object) -> str:
    return words(desk.language, word, **values)
