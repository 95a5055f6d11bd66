"""Roles, scopes, cookies and origins: who may do what, and from which page. Values only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Literal
from urllib.parse import urlsplit

from shared.http import forwarded

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
_HOST = re.compile(r"([^][:/?#@\s]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
_LONGEST_ORIGIN = 512
_OWN_SITE = ("", "same-origin", "none")
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


def is_own_origin(origin: str, asked: forwarded.Origin, allowed: frozenset[str], *, site: str = "") -> bool:
    """Whether a page of this origin is ours: of the address that was `asked`, or one of `allowed`.

    A page by plain HTTP is foreign to a site that is known to be https. One by https is not foreign to a site
    that seems to be plain HTTP: the proxy that ends TLS may not be declared, and https is the safer one.
    `site`: the browser's own view (`Sec-Fetch-Site`), which knows the scheme then too; '' for none.
    """
    origin = normal_origin(origin[:_LONGEST_ORIGIN])
    if origin in allowed:
        return True
    scheme, _, host = origin.partition("://")
    if scheme not in _DEFAULT_PORTS or (scheme, asked.scheme) == ("http", "https") or site not in _OWN_SITE:
        return False
    own = _host_and_port(asked.host, scheme)
    return own is not None and _host_and_port(host, scheme) == own


def _host_and_port(text: str, scheme: str) -> tuple[str, int] | None:
    found = _HOST.fullmatch(text)
    return (found[1], int(found[2] or _DEFAULT_PORTS[scheme])) if found else None


def normal_origin(origin: str) -> str:
    """Return an origin in a form that can be compared."""
    scheme, colon, host = origin.strip().rstrip("/").lower().partition("://")
    return scheme + colon + host.removesuffix(f":{_DEFAULT_PORTS.get(scheme)}")


def is_loopback(host: str) -> bool:
    """Whether the request was addressed to this very machine."""
    try:
        return urlsplit(f"//{host}").hostname in _LOOPBACK
    except ValueError:
        return False
