"""Runs the app: one port for pages, API and WebSocket, one loop, and a graceful end."""

import logging

from push_gateway.app import create_app
from push_gateway.http.headers import FIXED, SecurityHeaders
from push_gateway.pages.panel import INLINE_SCRIPTS
from push_gateway.replies.pictures import LONGEST_UPLOAD_S
from push_gateway.settings import Settings
from push_gateway.ws.connection import WS_PROTOCOL
from shared.http import listening, serving
from shared.http.bounded_http import BoundedHttpProtocol, Bounds
from shared.process.tune_malloc import tune_malloc

_END_WITHIN_S = 7
BODY_S = LONGEST_UPLOAD_S + 5.0
"""The routes bound their bodies themselves, and are to answer."""
_BODY_BYTES = 32 * 1024**2
_LOG = logging.getLogger("push_gateway")


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; a port in use ends the process with one plain line."""
    tune_malloc()
    listener = listening.listen(settings.host, settings.port, service="push_gateway", variables="GATEWAY")
    # Around all of it, so that an unforeseen error has them too.
    app = SecurityHeaders(create_app(settings), INLINE_SCRIPTS)
    bounds = Bounds(BODY_S, _BODY_BYTES, settings.trusted_proxies)
    serving.serve(
        app,
        listener,
        _LOG,
        http=BoundedHttpProtocol,
        bounds=bounds,
        ws=WS_PROTOCOL,
        grace_s=_END_WITHIN_S,
        headers=FIXED,
    )
