"""Says who asks and whether that caller may: one set of rules for HTTP and WebSocket."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from starlette.requests import Request

from push_gateway.auth import access
from push_gateway.auth.access import Admitted, Caller, RawHeaders, Scope, SocketRefusal
from push_gateway.auth.rates import CallerRates
from push_gateway.auth.sessions import Sessions
from push_gateway.auth.staff import LONGEST_NAME
from push_gateway.auth.tokens import Tokens
from push_gateway.http.errors import ApiError, too_often
from shared.http import forwarded
from shared.timing.rate_limiter import RateLimiters

_WAIT_FOR_LINK = 1.0
_LONGEST_OPERATOR = 12 * LONGEST_NAME
"""Of `X-Operator`: a character may be four bytes of three letters each."""


class RefusedError(Exception):
    """A socket is not admitted; it is closed after the handshake, where a browser learns why."""

    def __init__(self, reason: SocketRefusal) -> None:
        super().__init__(reason)
        self.reason: SocketRefusal = reason


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Authenticates requests and sockets. `wait_linked` waits at most so many seconds for live events."""

    allowed_origins: frozenset[str]
    trusted_proxies: tuple[forwarded.Network, ...]
    sessions: Sessions
    tokens: Tokens
    wait_linked: Callable[[float], Awaitable[bool]]
    rates: CallerRates = field(default_factory=CallerRates)

    def origin_of(self, request: Request) -> forwarded.Origin:
        """Return who really asks and how we were addressed."""
        peer = request.client.host if request.client else ""
        return forwarded.read(peer, request.url.scheme, request.headers.raw, self.trusted_proxies)

    async def caller_of(self, request: Request, *, fresh: bool = False) -> Caller | None:
        """Return whose token or session the request carries, None for a stranger. Raises RedisError.

        `fresh`: as of now, not of a moment ago.
        """
        return await self._identify(request.headers.raw, fresh=fresh)

    async def authorize(self, request: Request, scope: Scope) -> Caller:
        """Return the caller if it may do this; raises ApiError 401, 403, 409 or 429.

        Before managing anything the caller is looked up afresh.
        """
        caller = await self.caller_of(request, fresh=scope == "manage")
        self._limit_rate(request, caller)
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
        """Raise ApiError 403 for a page of another site, and for no page at all where one is `needed`."""
        origin = request.headers.get("origin")
        if origin is None and not needed:
            return
        asked, site = self.origin_of(request), request.headers.get("sec-fetch-site", "")
        if origin is None or not access.is_own_origin(origin, asked, self.allowed_origins, site=site):
            raise ApiError(403, "foreign_origin", "This page may not do that: it is not the panel's own.")

    def check_rate(self, request: Request, caller: Caller, rates: RateLimiters) -> None:
        """Raise ApiError 429 for what an operator does more often than `rates` allow in all sessions.

        An operator on this very machine has no limit.
        """
        peer = request.client.host if request.client else ""
        if not caller.is_program and _is_direct(peer, forwards="x-forwarded-for" in request.headers):
            return
        wait = rates.take(caller.operator, time.monotonic())
        if wait:
            raise too_often(wait)

    async def admit(self, peer: str, headers: list[tuple[bytes, bytes]]) -> Admitted:
        """Authenticate a socket. Raises RefusedError or RedisError.

        A socket without an Origin is not a browser's, so no foreign page can be behind it. Browsers do not
        agree on the `Sec-Fetch-Site` of sockets, so it is not read.
        """
        came = forwarded.read(peer, "http", headers, self.trusted_proxies)
        origin = _first(headers, b"origin")
        if origin is not None and not access.is_own_origin(origin, came, self.allowed_origins):
            raise RefusedError("foreign origin")
        if not await self.wait_linked(_WAIT_FOR_LINK):
            raise RefusedError("catching up")
        caller = await self._identify(headers)
        if caller is None:
            raise RefusedError("no session")
        return Admitted(caller, self.address_of(peer, headers))

    def address_of(self, peer: str, headers: list[tuple[bytes, bytes]]) -> str:
        """Return the network that a socket is counted with; '' for this very machine through no proxy."""
        if _is_direct(peer, forwards=_first(headers, b"x-forwarded-for") is not None):
            return ""
        return forwarded.network_of(forwarded.read(peer, "http", headers, self.trusted_proxies).address)

    async def _identify(self, headers: list[tuple[bytes, bytes]], *, fresh: bool = False) -> Caller | None:
        """Return the caller of these headers.

        A token counts alone: a wrong one is not made good by a cookie beside it. Of several session cookies
        the first valid one counts: others may be left from another path.
        """
        text = access.bearer(_first(headers, b"authorization") or "")
        if text is not None:
            return await self.tokens.find(text)
        for token in access.session_tokens(headers):
            caller = await self.sessions.find(token, fresh=fresh)
            if caller is not None:
                return caller
        return None

    def _limit_rate(self, request: Request, caller: Caller | None) -> None:
        """Raise ApiError 429 for too many requests; an operator on this very machine has no limit."""
        peer, now = request.client.host if request.client else "", time.monotonic()
        if caller is None:
            wait = self.rates.stranger.take(self.origin_of(request).address, now)
        elif caller.is_program:
            wait = self.rates.program.take(caller.digest, now)
        elif _is_direct(peer, forwards="x-forwarded-for" in request.headers):
            return
        else:
            wait = self.rates.operator.take(caller.digest, now)
        if wait:
            raise too_often(wait)


def _first(headers: RawHeaders, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in headers if key == name), None)


def _check_operator(request: Request, caller: Caller) -> None:
    """Refuse what another operator wrote in this browser before the present one logged in."""
    written_by = request.headers.get("x-operator")
    if written_by is None:
        return
    if len(written_by) > _LONGEST_OPERATOR or unquote(written_by) != caller.operator:
        raise ApiError(409, "other_operator", "Another operator has logged in in this browser.")


def _is_direct(peer: str, *, forwards: bool) -> bool:
    """Whether the request comes from this very machine and through no proxy."""
    return access.is_loopback(f"[{peer}]" if ":" in peer else peer) and not forwards
