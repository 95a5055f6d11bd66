"""Reads `redis+sentinel://[user:password@]h1:p,h2:p/master/db?option=…`, and `rediss+sentinel://…`. Pure.

The latter is by TLS to Redis and to the Sentinels; the former with `ssl=true` to Redis alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

SCHEMES = ("redis+sentinel", "rediss+sentinel")
_MASTER = "mymaster"
_PORT = 26379
LOGIN = {"sentinel_username": "REDIS_SENTINEL_USERNAME", "sentinel_password": "REDIS_SENTINEL_PASSWORD"}
"""Options of the URL and the settings they come from: the login at the Sentinels, not that at Redis."""


@dataclass(frozen=True, slots=True)
class SentinelUrl:
    """The Sentinels, the name of the master, its database, and the options of each connection.

    `options` are those of connections to Redis, `sentinel_options` those to the Sentinels.
    """

    hosts: list[tuple[str, int]]
    master: str
    db: int
    login: dict[str, str]
    options: dict[str, Any]
    sentinel_options: dict[str, Any]


def names_sentinels(url: str) -> bool:
    """Tell whether a URL is one of Sentinels."""
    return url.partition("://")[0] in SCHEMES


def parse(url: str) -> SentinelUrl:
    """Parse a URL. Raises ValueError."""
    scheme, _, rest = url.partition("://")
    rest, _, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    login, _, hosts = authority.rpartition("@")
    username, _, password = login.partition(":")
    master, _, db = path.strip("/").partition("/")
    options: dict[str, Any] = dict(parse_qsl(query))
    if "ssl_check_hostname" in options:
        options["ssl_check_hostname"] = options["ssl_check_hostname"] == "true"
    sentinel = _given({name.removeprefix("sentinel_"): options.pop(name, "") for name in LOGIN})
    if scheme == "rediss+sentinel":
        options["ssl"] = "true"
        sentinel |= {name: value for name, value in options.items() if name.startswith("ssl")}
    return SentinelUrl(
        [host_port(host) for host in hosts.split(",")],
        master or _MASTER,
        int(db or 0),
        _given({"username": unquote(username), "password": unquote(password)}),
        options,
        sentinel,
    )


def with_sentinel_login(url: str, values: Mapping[str, str]) -> str:
    """Return the URL with the Sentinels' credentials of the settings; those in the URL take precedence."""
    if not names_sentinels(url):
        return url
    base, _, query = url.partition("?")
    options = dict(parse_qsl(query))
    login = {name: value for name, setting in LOGIN.items() if (value := values.get(setting, "").strip())}
    options = login | options
    return f"{base}?{urlencode(options)}" if options else base


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def host_port(text: str) -> tuple[str, int]:
    """Parse one address; one of IPv6 is in brackets. Raises ValueError."""
    found = re.fullmatch(r"(?:\[(?P<v6>[0-9A-Fa-f:.%]+)\]|(?P<host>[^:\[\]\s]+))(?::(?P<port>\d*))?", text)
    port = int(found["port"] or _PORT) if found else 0
    if found is None or not 0 < port <= 65535:
        raise ValueError("not host:port")
    return found["v6"] or found["host"], port
