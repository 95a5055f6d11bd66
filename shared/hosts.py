"""Names of hosts as DNS, certificates and Avito take them. Pure."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")


def ascii_host(text: str) -> str:
    """Return a host, with its port if it has one, in ASCII: `магазин.рф` as `xn--80aairftm.xn--p1ai`.

    What has no such form, and what is ASCII already, is returned as it is.
    """
    if text.isascii():
        return text
    name, colon, port = text.partition(":")
    try:
        return name.encode("idna").decode() + colon + port
    except UnicodeError:
        return text


def ascii_url(url: str) -> str:
    """Return a URL with its host in ASCII; what cannot be read as a URL is returned as it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    login, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=login + at + ascii_host(host)).geturl() if not host.isascii() else url


def is_name(text: str) -> bool:
    """Tell whether a text in ASCII can be a name in DNS; an IPv4 address can."""
    return _NAME.fullmatch(text) is not None


def is_address(text: str) -> bool:
    """Tell whether a text is an IP address; one of IPv6 may have a scope (`fe80::1%eth0`)."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_web_address(url: str) -> bool:
    """Tell whether a URL is http or https, with a host and a port that can exist."""
    try:
        parts = urlsplit(ascii_url(url))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_host = is_name(host) or is_address(host)
    return parts.scheme in ("http", "https") and is_host and port != 0 and not re.search(r"\s", url)
