"""Who may do what, from which page: decided from values alone."""

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Literal
from urllib.parse import urlsplit

Role = Literal["owner", "operator"]
Scope = Literal["read", "reply", "manage"]

COOKIE = "avito_session"
PATH = "/admin/avito/"

SCOPES: dict[Role, frozenset[Scope]] = {
    "owner": frozenset({"read", "reply", "manage"}),
    "operator": frozenset({"read", "reply"}),
}
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an operator by a session. `digest` names the session, never its secret."""

    operator: str
    role: Role
    digest: str

    def may(self, scope: Scope) -> bool:
        """Whether this caller may do such things."""
        return scope in SCOPES[self.role]


@dataclass(frozen=True, slots=True)
class Admitted:
    """A socket that may stay. `address` is '' when it comes from this very machine by no proxy."""

    caller: Caller
    address: str


def session_token(cookie_header: str) -> str | None:
    """Return the session cookie's value; None when there is none or the header is garbage."""
    try:
        morsel = SimpleCookie(cookie_header).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel is not None and 0 < len(morsel.value) <= 128 else None


def set_cookie(token: str, max_age: int, *, secure: bool) -> str:
    """Return the Set-Cookie value of a session; `max_age` 0 takes it away."""
    cookie = f"{COOKIE}={token}; Path={PATH}; Max-Age={max_age}; HttpOnly; SameSite=Lax"
    return f"{cookie}; Secure" if secure else cookie


def is_own_origin(origin: str, host: str, allowed: frozenset[str]) -> bool:
    """Whether a page of this origin is ours: of the host that was asked, or one of `allowed`.

    The scheme is not compared: behind a proxy that is not declared ours is not known.
    """
    if normal_origin(origin) in allowed:
        return True
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
        asked = urlsplit(f"{parts.scheme}://{host}")
        asked_port = asked.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return False
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return False
    return (parts.hostname, port) == (asked.hostname, asked_port)


def normal_origin(origin: str) -> str:
    """Return an origin in the form in which two of them can be compared."""
    return origin.strip().rstrip("/").lower()


def is_loopback(host: str) -> bool:
    """Whether the request was addressed to this very machine."""
    try:
        return urlsplit(f"//{host}").hostname in _LOOPBACK
    except ValueError:
        return False
