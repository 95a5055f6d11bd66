"""The door: who asks, from which page, by which way in. The same rules for HTTP and WebSocket."""

import time
from dataclasses import dataclass, field
from math import ceil
from urllib.parse import unquote

from starlette.requests import Request

from push_gateway.auth import access
from push_gateway.auth.access import Admitted, Caller, RawHeaders, Scope
from push_gateway.auth.limiters import ConnectionLimiter
from push_gateway.auth.rate_limiter import RateLimiter
from push_gateway.auth.sessions import Sessions
from push_gateway.auth.tokens import Tokens
from push_gateway.http.errors import ApiError
from push_gateway.settings import Settings
from push_gateway.ws.protocol import CloseCode
from push_gateway.ws.relay import Relay
from shared.http import forwarded

_WAIT_FOR_LINK = 1.0


class RefusedError(Exception):
    """A socket is not let in; it is closed with this code after the handshake."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RateLimiters:
    """How often one of each kind may ask, counted by each gateway for itself."""

    operator: RateLimiter = field(default_factory=lambda: RateLimiter(per_second=50, burst=500))
    program: RateLimiter = field(default_factory=lambda: RateLimiter(per_second=20, burst=100))
    stranger: RateLimiter = field(default_factory=lambda: RateLimiter(per_second=5, burst=100))


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Decides who comes in."""

    settings: Settings
    sessions: Sessions
    tokens: Tokens
    relay: Relay
    crowd: ConnectionLimiter
    paces: RateLimiters

    def origin_of(self, request: Request) -> forwarded.Origin:
        """Return who really asks and how we were addressed."""
        peer = request.client.host if request.client else ""
        return forwarded.read(peer, request.url.scheme, request.headers.raw, self.settings.trusted_proxies)

    async def caller_of(self, request: Request, *, fresh: bool = False) -> Caller | None:
        """Return whose token or session the request carries. Raises RedisError when that cannot be known."""
        return await self._identify(request.headers.raw, fresh=fresh)

    async def authorize(self, request: Request, scope: Scope) -> Caller:
        """Let an API call in, or raise ApiError 401, 403 or 429. To manage, no memory counts."""
        caller = await self.caller_of(request, fresh=scope == "manage")
        self._hold_pace(request, caller)
        if caller is None:
            raise ApiError(401, "no_session", "Log in first, or send a valid token.")
        if request.method not in ("GET", "HEAD"):
            self.check_origin(request, needed=not caller.is_program)
            _check_operator(request, caller)
        if not caller.may(scope):
            whose = "token" if caller.is_program else "role"
            raise ApiError(403, "forbidden", f"Your {whose} does not allow this.")
        return caller

    def check_origin(self, request: Request, *, needed: bool = True) -> None:
        """Refuse what another site's page sends, or no page where one is `needed`: ApiError 403."""
        origin = request.headers.get("origin")
        if origin is None and not needed:
            return
        host = self.origin_of(request).host
        if origin is None or not access.is_own_origin(origin, host, self.settings.allowed_origins):
            raise ApiError(403, "foreign_origin", "This page may not do that: it is not the panel's own.")

    async def admit(self, peer: str, headers: list[tuple[bytes, bytes]]) -> Admitted:
        """Let a socket in and count it, or raise RefusedError. Raises RedisError when nobody can know.

        A socket without an Origin is no browser's, so no foreign page can be behind it.
        """
        came = forwarded.read(peer, "http", headers, self.settings.trusted_proxies)
        origin = _first(headers, b"origin")
        if origin is not None and not access.is_own_origin(origin, came.host, self.settings.allowed_origins):
            raise RefusedError(CloseCode.FOREIGN_ORIGIN, "foreign origin")
        if not await self.relay.wait_linked(_WAIT_FOR_LINK):
            raise RefusedError(CloseCode.REDIS_AWAY, "catching up")
        caller = await self._identify(headers)
        if caller is None:
            raise RefusedError(CloseCode.NO_SESSION, "no session")
        direct = _is_direct(peer, forwards=_first(headers, b"x-forwarded-for") is not None)
        address = "" if direct else forwarded.neighbourhood(came.address)
        if not self.crowd.enter(caller.digest, address):
            raise RefusedError(CloseCode.TOO_MANY, "too many connections")
        return Admitted(caller, address)

    async def _identify(self, headers: list[tuple[bytes, bytes]], *, fresh: bool = False) -> Caller | None:
        """A token that is sent counts alone: who sends a wrong one is not let in by a cookie beside it.

        Of several session cookies the first that is valid counts: others may be left from another path.
        """
        text = access.bearer(_first(headers, b"authorization") or "")
        if text is not None:
            return await self.tokens.find(text)
        for token in access.session_tokens(headers):
            caller = await self.sessions.find(token, fresh=fresh)
            if caller is not None:
                return caller
        return None

    def _hold_pace(self, request: Request, caller: Caller | None) -> None:
        """Bound how often one caller asks; an operator on this very machine, by no proxy, has no bound."""
        peer = request.client.host if request.client else ""
        if caller is None:
            pace, name = self.paces.stranger, forwarded.neighbourhood(self.origin_of(request).address)
        elif caller.is_program:
            pace, name = self.paces.program, caller.digest
        elif _is_direct(peer, forwards="x-forwarded-for" in request.headers):
            return
        else:
            pace, name = self.paces.operator, caller.digest
        wait = pace.take(name, time.monotonic())
        if wait is not None:
            raise ApiError(
                429, "too_often", "Too many requests. Wait a moment.", {"Retry-After": str(ceil(wait))}
            )


def _first(headers: RawHeaders, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in headers if key == name), None)


def _check_operator(request: Request, caller: Caller) -> None:
    """Refuse what the page of another operator sends: it was written before this one logged in there."""
    written_by = request.headers.get("x-operator")
    if written_by is not None and unquote(written_by) != caller.operator:
        raise ApiError(409, "other_operator", "Another operator has logged in in this browser.")


def _is_direct(peer: str, *, forwards: bool) -> bool:
    """Whether this very machine asks, and no proxy on it."""
    return access.is_loopback(f"[{peer}]" if ":" in peer else peer) and not forwards
