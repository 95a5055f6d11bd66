"""Names of hosts as DNS, certificates and Avito take them. Pure."""

from urllib.parse import urlsplit


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
