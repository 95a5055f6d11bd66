"""Checks of the network between Avito and us, as far as they are possible from here."""

import asyncio
import ssl
import time
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from avito_live.webhook_setup import urls
from avito_live.webhook_setup.context import CommandContext
from avito_live.webhook_setup.probe import probe
from avito_live.webhook_setup.row import Row, bad, good, judged, warning

_PATIENCE_S = 6.0
_DAYS_LEFT = 7
_WITHOUT_SESSION = (4401, 4403)


async def check(context: CommandContext) -> list[Row]:
    """Return the rows; without an address there are none."""
    if not context.address.url:
        return []
    return [await one(context) for one in (_dns, _certificate, _webhook, _websocket)]


async def _dns(context: CommandContext) -> Row:
    host = urlsplit(context.address.url).hostname or "?"
    for one in urls.problems(context.address.url, await urls.look_up(context.address.url)):
        if one.trouble == "no_dns":
            return bad("dns", one.trouble, "set_dns", host=host)
        if one.trouble != "plain_http":
            row = warning if context.explicit else bad
            return row("dns", one.trouble, "set_dns", host=host, address=one.address)
    return good("dns", "just", text=host)


async def _certificate(context: CommandContext) -> Row:
    parts = urlsplit(context.address.url)
    if parts.scheme != "https":
        return (warning if context.explicit else bad)("https", "plain", "get_certificate")
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 443, ssl=ssl.create_default_context()
            )
        certificate = writer.get_extra_info("ssl_object").getpeercert()
        writer.close()
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason
        return bad("https", "no_certificate", "get_certificate", error=why)
    except (OSError, TimeoutError) as error:
        return warning("https", "no_certificate", "maybe_router", error=type(error).__name__)
    days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) // 86_400)
    return judged("https", "certificate", "get_certificate", ok=days > _DAYS_LEFT, days=days)


async def _webhook(context: CommandContext) -> Row:
    outcome, values = await probe(context.address.url)
    if outcome == "probe_ok":
        return good("webhook", outcome, **values)
    if outcome == "probe_silent":
        return warning("webhook", outcome, "maybe_router", **values)
    return bad("webhook", outcome, "check_proxy", **values)


async def _websocket(context: CommandContext) -> Row:
    """Open the panel's WebSocket without a session: it must be closed with the code for that."""
    parts = urlsplit(context.address.url)
    url = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/admin/avito/ws"
    try:
        async with connect(url, open_timeout=_PATIENCE_S, close_timeout=1) as socket:
            async with asyncio.timeout(_PATIENCE_S):
                await socket.recv()
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else None
        if code not in _WITHOUT_SESSION:
            return bad("websocket", "not_upgraded", "proxy_upgrade", error=code)
    except (OSError, TimeoutError) as error:
        return warning("websocket", "not_upgraded", "maybe_router", error=type(error).__name__)
    except WebSocketException as error:
        row = warning if context.explicit else bad
        return row("websocket", "not_upgraded", "proxy_upgrade", error=error)
    return good("websocket", "upgraded")
