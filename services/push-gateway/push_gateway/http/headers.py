"""The security headers of every answer."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from push_gateway.auth.access import is_loopback
from push_gateway.http.gateway import gateway_in

_LOCAL = " http://127.0.0.1:* http://localhost:*"
_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'self'; "
    "img-src 'self' https: data: blob:{local}; media-src 'self' https: data: blob:{local}; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html"
)

FIXED = (
    ("X-Content-Type-Options", "nosniff"),
    # Other sites get no referrer; our own forms need it, or browsers send no Origin.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)
"""Those that are the same for every answer; the server itself adds them."""


def content_policy(host: str, scripts: str = "") -> str:
    """Return the CSP; on this machine it allows the simulator's pictures and voice by plain HTTP.

    `scripts`: the digests of those that stand in our pages.
    """
    return _POLICY.format(scripts=f"'self' {scripts}".rstrip(), local=_LOCAL if is_loopback(host) else "")


class SecurityHeaders:
    """ASGI middleware that adds those that depend on the request."""

    def __init__(self, app: ASGIApp, scripts: str = "") -> None:
        """`scripts`: see content_policy."""
        self._app = app
        self._scripts = scripts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        came = gateway_in(scope["state"]).authenticator.origin_of(Request(scope))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_page = headers.get("Content-Type", "").startswith("text/html")
                headers["Content-Security-Policy"] = content_policy(
                    came.host, self._scripts if is_page else ""
                )
                headers.setdefault("Cache-Control", "no-store")
                if came.scheme == "https":
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self._app(scope, receive, send_with_headers)
