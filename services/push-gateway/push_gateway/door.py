"""The door: who asks, from which page, by which way in. The same rules for HTTP and WebSocket."""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request

from push_gateway import access
from push_gateway.access import Admitted, Caller, Scope
from push_gateway.crowd import Crowd
from push_gateway.errors import ApiError
from push_gateway.protocol import CloseCode
from push_gateway.relay import Relay
from push_gateway.sessions import Sessions
from push_gateway.settings import Settings
from shared import forwarded

_WAIT_FOR_LINK = 1.0

RawHeaders = Iterable[tuple[bytes, bytes]]


class RefusedError(Exception):
    """A socket is not let in; it is closed with this code after the handshake."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Door:
    """Decides who comes in."""

    settings: Settings
    sessions: Sessions
    relay: Relay
    crowd: Crowd

    def origin_of(self, request: Request) -> forwarded.Origin:
        """Return who really asks and how we were addressed."""
        peer = request.client.host if request.client else ""
        return forwarded.read(peer, request.url.scheme, request.headers.raw, self.settings.trusted_proxies)

    async def caller_of(self, request: Request) -> Caller | None:
        """Return whose session the request carries. Raises RedisError when that cannot be known."""
        token = access.session_token(request.headers.get("cookie", ""))
        return await self.sessions.find(token) if token else None

    async def authorize(self, request: Request, scope: Scope) -> Caller:
        """Let an API call in, or raise ApiError 401 or 403."""
        caller = await self.caller_of(request)
        if caller is None:
            raise ApiError(401, "no_session", "Log in first.")
        if request.method not in ("GET", "HEAD"):
            self.check_origin(request)
        if not caller.may(scope):
            raise ApiError(403, "forbidden", "Your role does not allow this.")
        return caller

    def check_origin(self, request: Request) -> None:
        """Refuse a write that another site's page, or none at all, sends: ApiError 403."""
        origin = request.headers.get("origin")
        host = self.origin_of(request).host
        if origin is None or not access.is_own_origin(origin, host, self.settings.allowed_origins):
            raise ApiError(403, "foreign_origin", "This page may not do that: it is not the panel's own.")

    async def admit(self, peer: str, headers: list[tuple[bytes, bytes]]) -> Admitted:
        """Let a socket in and count it, or raise RefusedError. Raises RedisError when nobody can know.

        A socket without an Origin is no browser's, so no foreign page can be behind it.
        """
        came = forwarded.read(peer, "http", headers, self.settings.trusted_proxies)
        texts = {name: value.decode("latin-1") for name, value in headers}
        origin = texts.get(b"origin")
        if origin is not None and not access.is_own_origin(origin, came.host, self.settings.allowed_origins):
            raise RefusedError(CloseCode.FOREIGN_ORIGIN, "foreign origin")
        if not await self.relay.wait_linked(_WAIT_FOR_LINK):
            raise RefusedError(CloseCode.REDIS_AWAY, "catching up")
        token = access.session_token(texts.get(b"cookie", ""))
        caller = await self.sessions.find(token) if token else None
        if caller is None:
            raise RefusedError(CloseCode.NO_SESSION, "no session")
        direct = access.is_loopback(f"[{peer}]" if ":" in peer else peer) and b"x-forwarded-for" not in texts
        address = "" if direct else forwarded.neighbourhood(came.address)
        if not self.crowd.enter(caller.digest, address):
            raise RefusedError(CloseCode.TOO_MANY, "too many connections")
        return Admitted(caller, address)
