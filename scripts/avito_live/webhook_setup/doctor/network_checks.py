"""Checks of the network between Avito and us, as far as they are possible from here."""

import asyncio
import ssl
import time
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from avito_live.webhook_setup import urls
from avito_live.webhook_setup.context import CommandContext
from avito_live.webhook_setup.doctor.row import Row, bad, good, warning
from avito_live.webhook_setup.doctor.words import words
from avito_live.webhook_setup.probe import probe

_PATIENCE_S = 6.0
_DAYS_LEFT = 7
_WITHOUT_SESSION = (4401, 4403)


async def check(context: CommandContext) -> list[Row]:
    """Return the rows; without an address there are none."""
    if not context.address.url:
        return []
    rows = [await _dns(context), await _certificate(context), await _webhook(context)]
    return [*rows, await _websocket(context)]


async def _dns(context: CommandContext) -> Row:
    found = urls.problems(context.address.url, await urls.look_up(context.address.url))
    trouble = next((one for one in found if one.trouble != "plain_http"), None)
    host = urlsplit(context.address.url).hostname or "?"
    if trouble is None:
        return good("dns", host)
    fix = _say(context, "set_dns")
    if trouble.trouble == "no_dns":
        return bad("dns", f"{host}: {_say(context, 'no_name')}", fix)
    row = warning if context.explicit else bad
    return row("dns", f"{host}: {_say(context, 'private_name', address=trouble.address)}", fix)


async def _certificate(context: CommandContext) -> Row:
    parts = urlsplit(context.address.url)
    if parts.scheme != "https":
        return (warning if context.explicit else bad)(
            "https", _say(context, "plain"), _say(context, "get_certificate")
        )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 443, ssl=ssl.create_default_context()
            )
        certificate = writer.get_extra_info("ssl_object").getpeercert()
        writer.close()
    except ssl.SSLError as error:
        found = _say(context, "no_certificate", error=getattr(error, "verify_message", "") or error.reason)
        return bad("https", found, _say(context, "get_certificate"))
    except (OSError, TimeoutError) as error:
        found = _say(context, "no_certificate", error=type(error).__name__)
        return warning("https", found, _say(context, "maybe_router"))
    days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) // 86_400)
    found = _say(context, "certificate", days=days)
    return (
        good("https", found) if days > _DAYS_LEFT else bad("https", found, _say(context, "get_certificate"))
    )


async def _webhook(context: CommandContext) -> Row:
    came = await probe(context.address.url)
    if came.status is None:
        return warning("webhook", _say(context, "silent", error=came.error), _say(context, "maybe_router"))
    if came.ok:
        return good("webhook", _say(context, "answered", ms=round(came.ms)))
    found = _say(context, "answered_wrong", status=came.status, ms=round(came.ms))
    return bad("webhook", found, _say(context, "check_proxy"))


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
        if code in _WITHOUT_SESSION:
            return good("websocket", _say(context, "upgraded"))
        return bad("websocket", _say(context, "not_upgraded", error=code), _say(context, "proxy_upgrade"))
    except (OSError, TimeoutError) as error:
        found = _say(context, "not_upgraded", error=type(error).__name__)
        return warning("websocket", found, _say(context, "maybe_router"))
    except WebSocketException as error:
        found = _say(context, "not_upgraded", error=error)
        return (warning if context.explicit else bad)("websocket", found, _say(context, "proxy_upgrade"))
    return good("websocket", _say(context, "upgraded"))


def _say(context: CommandContext, word: str, **values: object) -> str:
    return words(context.language, word, **values)
