"""Reads `redis+sentinel://[user:password@]h1:p,h2:p/master/db?option=…`. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

SCHEME = "redis+sentinel://"
_MASTER = "mymaster"
_PORT = 26379
LOGIN = {"sentinel_username": "REDIS_SENTINEL_USERNAME", "sentinel_password": "REDIS_SENTINEL_PASSWORD"}
"""Options of the URL and the settings they come from: the login at the Sentinels, not that at Redis."""
_PARTS = re.compile(r"(?P<scheme>[^:/?#]+)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(\?(?P<query>[^#]*))?")


@dataclass(frozen=True, slots=True)
class SentinelUrl:
    """The Sentinels, the name of the master, its database, and the options of each connection."""

    hosts: list[tuple[str, int]]
    master: str
    db: int
    login: dict[str, str]
    sentinel_login: dict[str, str]
    options: dict[str, str]


def parse(url: str) -> SentinelUrl:
    """Parse a URL. Raises ValueError."""
    rest, _, query = url.removeprefix(SCHEME).partition("?")
    authority, _, path = rest.partition("/")
    login, _, hosts = authority.rpartition("@")
    username, _, password = login.partition(":")
    master, _, db = path.strip("/").partition("/")
    options = dict(parse_qsl(query))
    sentinel = {name.removeprefix("sentinel_"): options.pop(name, "") for name in LOGIN}
    return SentinelUrl(
        [_host_port(host) for host in hosts.split(",")],
        master or _MASTER,
        int(db or 0),
        _given({"username": unquote(username), "password": unquote(password)}),
        _given(sentinel),
        options,
    )


def with_sentinel_login(url: str, values: Mapping[str, str]) -> str:
    """Return the URL with the Sentinels' credentials of the settings; those in the URL take precedence."""
    if not url.startswith(SCHEME):
        return url
    base, _, query = url.partition("?")
    options = dict(parse_qsl(query))
    login = {name: value for name, setting in LOGIN.items() if (value := values.get(setting, "").strip())}
    options = login | options
    return f"{base}?{urlencode(options)}" if options else base


def has_unescaped_sign(url: str) -> bool:
    """Tell whether the credentials contain an unescaped sign that ends them."""
    parts = _PARTS.match(url)
    if parts is None or parts["scheme"] == "unix":
        return False
    login, at, host = parts["authority"].rpartition("@")
    query = parts["query"] or ""
    in_query = "@" in query.partition("=")[0] or ("@" in query and not at) or (bool(at) and not host)
    return "#" in url or "@" in parts["path"] or in_query or not {"[", "]"}.isdisjoint(login)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _host_port(text: str) -> tuple[str, int]:
    """Parse one address; an IPv6 address is in brackets if a port follows."""
    found = re.fullmatch(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:\[\]]+))(?::(?P<port>\d*))?", text)
    if found is None:
        raise ValueError(f"{text!r} is not host:port")
    return found["v6"] or found["host"], int(found["port"] or _PORT)
