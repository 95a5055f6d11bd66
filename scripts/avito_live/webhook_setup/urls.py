"""Whether Avito can reach a webhook's URL. Pure, except `look_up`."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class UrlProblem:
    """One reason why Avito cannot, or should not, post to a URL; `trouble` is a word of words.toml."""

    trouble: str
    host: str
    address: str = ""


def problems(url: str, addresses: Sequence[str]) -> list[UrlProblem]:
    """Return the problems of a URL. `addresses`: those of its host in DNS."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return [UrlProblem("bad_url", "?")]
    if parts.scheme not in ("http", "https") or not host:
        return [UrlProblem("bad_url", host or "?")]
    found = [UrlProblem("plain_http", host)] if parts.scheme == "http" else []
    seen = addresses if _kind(host) is None else [host]
    if not seen:
        return [*found, UrlProblem("no_dns", host)]
    kinds = [kind for address in seen if (kind := _kind(address))]
    return [*found, UrlProblem(kinds[0], host, seen[0])] if len(kinds) == len(seen) else found


def is_public(address: str) -> bool:
    """Tell whether an address can be reached from the internet."""
    return _kind(address) == ""


def _kind(text: str) -> str | None:
    """Return why Avito cannot reach an address, '' if it can; None if the text is no address."""
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback or address.is_unspecified:
        return "loopback"
    return "" if address.is_global else "private"


async def look_up(url: str) -> list[str]:
    """Return the addresses of a URL's host from DNS."""
    try:
        host = urlsplit(url).hostname or ""
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return []
    return sorted({str(entry[4][0]) for entry in found})
