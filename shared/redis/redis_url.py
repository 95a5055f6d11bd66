"""Reads the form of a REDIS_URL: what it means, and what is wrong with it before anything starts. Pure."""

import re
from urllib.parse import parse_qsl, unquote, urlencode

from shared.redis import sentinel_url

_FORMS = "redis://host:6379/0, rediss://…, unix:///path or redis+sentinel://h1:p,h2:p/master/db"
_NO_CLUSTER = (
    "REDIS_URL names a Redis Cluster, or several hosts, which is not supported: give one server "
    "(redis://host:6379/0), or Sentinels (redis+sentinel://h1:p,h2:p/master/db)"
)
_ENCODE = (
    "REDIS_URL: percent-encode user and password: write @ as %40, / as %2F, ? as %3F, # as %23, "
    "[ as %5B, ] as %5D, a space as %20"
)
_PARTS = re.compile(
    r"(?P<scheme>[a-z+]+)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(\?(?P<query>[^#]*))?", re.DOTALL
)
_LOGIN = frozenset(("username", "password"))
_TLS = frozenset(
    f"ssl_{name}"
    for name in ("ca_certs", "ca_data", "certfile", "ciphers", "keyfile", "cert_reqs", "check_hostname")
)
_OPTIONS: dict[str, frozenset[str]] = {
    "redis": _LOGIN | {"db", "client_name"},
    "rediss": _LOGIN | {"db", "client_name"} | _TLS,
    "unix": _LOGIN | {"db", "client_name"},
    "redis+sentinel": _TLS | {"ssl", "client_name", *sentinel_url.LOGIN},
    "rediss+sentinel": _TLS | {"client_name", *sentinel_url.LOGIN},
}
_TUNING = frozenset(
    (
        *(
            "encoding",
            "encoding_errors",
            "health_check_interval",
            "lib_name",
            "lib_version",
            "max_connections",
        ),
        *("protocol", "retry_on_timeout", "socket_connect_timeout", "socket_keepalive", "socket_timeout"),
        "ssl_include_verify_flags",
    )
)
"""Options of redis-py that older installations may have; ours apply, which all promises rest on."""
_VALUES = {
    "db": (re.compile(r"\d{1,9}"), "a number"),
    "client_name": (re.compile(r"[!-~]+"), "one word"),
    "ssl": (re.compile("true"), "true"),
    "ssl_cert_reqs": (re.compile("none|optional|required"), "none, optional or required"),
    "ssl_check_hostname": (re.compile("true|false", re.IGNORECASE), "true or false"),
}
_ENDS = {
    "redis": "a host, and after it nothing but a port and the number of a database",
    "unix": "the path of a socket, as in unix:///run/redis/redis.sock?db=0",
    **dict.fromkeys(
        sentinel_url.SCHEMES, "hosts with ports, then the master's name and the number of a database"
    ),
}


def normal(url: str) -> str:
    """Return it in the form that redis-py reads, without options that only tune redis-py."""
    scheme, colon, rest = url.partition(":")
    scheme = scheme.lower()
    if scheme not in ("redis", "rediss", "unix"):
        return url
    if scheme == "unix" and re.match("/(?!/)", rest):
        rest = f"//{rest}"
    place, _, query = rest.partition("?")
    given = parse_qsl(query, keep_blank_values=True)
    if _TUNING.isdisjoint(name for name, _ in given):
        return f"{scheme}{colon}{rest}"
    options = urlencode([(name, value) for name, value in given if name not in _TUNING])
    return f"{scheme}{colon}{place}" + (f"?{options}" if options else "")


def problem(url: str) -> str:
    """Return what is wrong with it and what to write instead, without a word of the login; '' for nothing."""
    url = normal(url)
    parts = _PARTS.fullmatch(url)
    scheme = url.partition("://")[0].lower()
    if scheme == "redis+cluster":
        return _NO_CLUSTER
    if scheme not in _OPTIONS or (parts is None and "#" not in url):
        return f"REDIS_URL must be {_FORMS}"
    if parts is None or _has_unescaped_sign(parts, scheme):
        return _ENCODE
    if scheme in ("redis", "rediss") and "," in parts["authority"].rpartition("@")[2]:
        return _NO_CLUSTER
    if not _ends_well(parts, scheme):
        return f"REDIS_URL is incomplete or wrong after {scheme}://: give {_ENDS.get(scheme, _ENDS['redis'])}"
    return _option_problem(scheme, parts["query"] or "")


def _has_unescaped_sign(parts: re.Match[str], scheme: str) -> bool:
    """Tell whether the credentials contain an unescaped sign that ends them."""
    login, at, host = parts["authority"].rpartition("@")
    if scheme == "unix":
        return bool(parts["authority"]) and bool(host or not at) and "@" in parts["path"]
    query = parts["query"] or ""
    in_query = (
        "@" in query.partition("=")[0] or ("@" in query and not at) or (bool(at and query) and not host)
    )
    return "@" in parts["path"] or in_query or not {"[", "]"}.isdisjoint(login)


def _ends_well(parts: re.Match[str], scheme: str) -> bool:
    """Tell whether hosts, ports, path and database are such as redis-py takes them, none guessed."""
    hosts, path = parts["authority"].rpartition("@")[2], parts["path"]
    if scheme == "unix":
        return hosts in ("", "localhost") and len(path) > 1
    is_plain = scheme not in sentinel_url.SCHEMES
    if is_plain and hosts.partition(":")[0] == "":
        hosts = f"localhost{hosts}"
    try:
        for host in hosts.split(","):
            sentinel_url.host_port(host)
    except ValueError:
        return False
    form = r"/*\d{0,9}/*" if is_plain else r"(/[^/]*(/\d{0,9})?)?"
    return re.fullmatch(form, unquote(path)) is not None


def _option_problem(scheme: str, query: str) -> str:
    given = parse_qsl(query, keep_blank_values=True)
    for name, value in given:
        form, words = _VALUES.get(name, (None, ""))
        if name not in _OPTIONS[scheme]:
            return f"REDIS_URL has an option that cannot be given there: {name}"
        if form and not form.fullmatch(value):
            return f"REDIS_URL: {name} must be {words}"
        if name in _TLS and scheme == "redis+sentinel" and ("ssl", "true") not in given:
            return f"REDIS_URL: {name} needs ssl=true beside it"
    return ""
