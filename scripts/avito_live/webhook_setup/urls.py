"""Webhook URLs: how they may be shown, and whether Avito can reach them. Pure, except `look_up`."""

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

ProblemKind: TypeAlias = Literal["bad_url", "loopback", "private", "plain_http", "no_dns"]

_LOCAL_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost")
_LOCAL_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet")


@dataclass(frozen=True, slots=True)
class UrlProblem:
    """One reason why Avito cannot, or should not, post to a URL."""

    trouble: ProblemKind
    host: str
    address: str = field(default="")


def problems(url: str, addresses: Iterable[str]) -> list[UrlProblem]:
    """Return the problems of a URL. `addresses`: those of its host in DNS."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return [UrlProblem("bad_url", "?")]
    if parts.scheme not in ("http", "https") or not host:
        return [UrlProblem("bad_url", host or "?")]
    plain = [UrlProblem("plain_http", host)] if parts.scheme == "http" else []
    return plain + _unreachable(host, addresses)


def _unreachable(host: str, addresses: Iterable[str]) -> list[UrlProblem]:
    if host in _LOCAL_NAMES:
        return [UrlProblem("loopback", host, host)]
    literal = _kind(host)
    if literal is not None:
        return [UrlProblem(literal, host, host)] if literal else []
    if host.endswith(_LOCAL_ENDINGS):
        return [UrlProblem("private", host, host)]
    known = list(addresses)
    if not known:
        return [UrlProblem("no_dns", host)]
    found = [(address, _kind(address)) for address in known]
    if all(kind for _, kind in found):
        address, kind = found[0]
        return [UrlProblem(kind or "private", host, address)]
    return []


def _kind(text: str) -> Literal["", "loopback", "private"] | None:
    """Return why Avito cannot reach an address, '' if it can; None if the text is no address."""
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if address.is_loopback or address.is_unspecified:
        return "loopback"
    return "" if address.is_global else "private"


async def look_up(url: str) -> list[str]:
    """Return the addresses of a URL's host from DNS."""
    try:
        host = urlsplit(url).hostname or ""
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError, UnicodeError):
        return []
    return sorted({str(entry[4][0]) for entry in found})
