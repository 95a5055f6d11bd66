"""Roles, scopes, cookies and origins: who may do what, and from which page. Values only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Literal
from urllib.parse import urlsplit

Role = Literal["owner", "operator"]
TokenScope = Literal["read", "reply"]
Scope = Literal["read", "reply", "manage"]
SocketRefusal = Literal["foreign origin", "catching up", "no session", "too many connections"]
"""Why a socket is not admitted."""

COOKIE = "avito_session"
PATH = "/admin/avito/"
PROGRAM_SIGN = "api:"
"""Prefix of a token's name where an operator's name would stand; no operator's name begins with it."""
_LONGEST_BEARER = 128
_LONGEST_TOKEN = 128
_MOST_TOKENS = 4

RawHeaders = Iterable[tuple[bytes, bytes]]
"""Names in lower case, as ASGI has them."""

SCOPES: dict[Role | TokenScope, frozenset[Scope]] = {
    "owner": frozenset({"read", "reply", "manage"}),
    "operator": frozenset({"read", "reply"}),
    "read": frozenset({"read"}),
    "reply": frozenset({"read", "reply"}),
}
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated caller: an operator by a session, or a program by a token (`role` is its scope then).

    `digest` identifies the session or token without its secret; `until` is when it expires (Unix seconds).
    """

    operator: str
    role: Role | TokenScope
    digest: str
    until: float = inf

    @property
    def is_program(self) -> bool:
        """Whether this is a token rather than a person in a browser."""
        return self.operator.startswith(PROGRAM_SIGN)

    def may(self, scope: Scope) -> bool:
        """Whether this caller has this scope."""
        return scope in SCOPES[self.role]


@dataclass(frozen=True, slots=True)
class Admitted:
    """An admitted socket. `address` is '' when it comes from this very machine through no proxy."""

    caller: Caller
    address: str


def cookies(headers: RawHeaders, name: str) -> list[str]:
    """Return the values of all cookies of this name, in order; cookies of other programs are ignored.

    There may be several `Cookie` lines (HTTP/2 splits them) and several cookies of one name (of other paths).
    """
    own = re.compile(rb";\s*%b\s*=([^;]*)" % re.escape(name.encode()))
    found = (value for key, line in headers if key == b"cookie" for value in own.findall(b";" + line))
    return [value.decode("latin-1").strip().strip('"') for value in found]


def session_tokens(headers: RawHeaders) -> list[str]:
    """Return the possible session tokens, each once; a few at most."""
    found = dict.fromkeys(value for value in cookies(headers, COOKIE) if 0 < len(value) <= _LONGEST_TOKEN)
    return list(found)[:_MOST_TOKENS]


def bearer(authorization: str) -> str | None:
    """Return the token of an `Authorization: Bearer` header ('' when too long); None for another header."""
    kind, _, value = authorization.strip().partition(" ")
    if kind.lower() != "bearer":
        return None
    return value.strip() if len(value) <= _LONGEST_BEARER else ""


def set_cookie(token: str, max_age: int, *, secure: bool) -> str:
    """Return the Set-Cookie value of a session; `max_age` 0 deletes it."""
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
    """Return an origin in a form that can be compared."""
    return origin.strip().rstrip("/").lower()


def is_loopback(host: str) -> bool:
    """Whether the request was addressed to this very machine."""
    try:
        return urlsplit(f"//{host}").hostname in _LOOPBACK
    except ValueError:
        return False
