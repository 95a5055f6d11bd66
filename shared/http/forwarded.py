"""The real client behind proxies: a forwarded header counts only as far as the proxies are trusted."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from re import compile as pattern
from typing import TypeAlias

from shared.settings import Environment

IPAddress: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_HOST = pattern(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_READ = (b"host", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto")
_MOST_WORDS = 16
"""Words of a header that are read, the nearest ones: a client can write any number before them."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from and how it was addressed. `host` may have a port; '': there is none."""

    address: str
    scheme: str
    host: str


def parse_trusted(words: Iterable[str]) -> tuple[Network, ...]:
    """Parse addresses and networks; raises ValueError that names the word that is neither."""
    return tuple(ip_network(word, strict=False) for word in words)


def read_trusted(environment: Environment) -> tuple[Network, ...]:
    """Read TRUSTED_PROXIES; a value that is no network is added to the environment's problems."""
    try:
        return parse_trusted(environment.words("TRUSTED_PROXIES"))
    except ValueError as error:
        environment.problems.append(f"TRUSTED_PROXIES must be addresses or networks: {error}")
        return ()


def read(
    peer: str, scheme: str, headers: Iterable[tuple[bytes, bytes]], trusted: tuple[Network, ...]
) -> Origin:
    """Return the origin of a request that came from `peer` by `scheme` with these (lower-case) headers."""
    lists: dict[bytes, list[str]] = {}
    for name, value in headers:
        if name in _READ:
            words = value.decode("latin-1").rsplit(",", _MOST_WORDS)[-_MOST_WORDS:]
            lists[name] = [*lists.get(name, ()), *(word.strip() for word in words)][-_MOST_WORDS:]
    direct = Origin(peer, _SCHEMES.get(scheme, "http"), _host(lists.get(b"host", []), 0) or "")
    if not _trusts(trusted, _address(peer)):
        return direct
    address, hops = _client(peer, lists.get(b"x-forwarded-for", []), trusted)
    forwarded_scheme = _SCHEMES.get(_set_by_proxy(lists.get(b"x-forwarded-proto", []), hops).lower())
    return Origin(
        address,
        forwarded_scheme or direct.scheme,
        _host(lists.get(b"x-forwarded-host", []), hops) or direct.host,
    )


def is_shared(peer: str, trusted: tuple[Network, ...]) -> bool:
    """Whether many clients may be behind a peer: a trusted proxy, or a program on this machine."""
    address = _address(peer)
    return address is None or address.is_loopback or _trusts(trusted, address)


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return the network that an address is counted with: itself, or its /56 for IPv6.

    A home or an office has one or the other; where it has a /64, it shares the /56 with neighbours.
    """
    return _within(address, 32, 56)


def wider_network_of(address: str) -> str:
    """Return what one customer may have in all: the /24 of an address, or its /48 for IPv6."""
    return _within(address, 24, 48)


def widest_network_of(address: str) -> str:
    """Return what one provider may have: the /16 of an address, or its /32 for IPv6."""
    return _within(address, 16, 32)


def _within(address: str, bits: int, bits_of_ipv6: int) -> str:
    parsed = _address(address)
    if parsed is None:
        return address
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, bits_of_ipv6), strict=False))
    return str(parsed) if bits == parsed.max_prefixlen else str(IPv4Network((parsed, bits), strict=False))


def _client(peer: str, forwarded: list[str], trusted: tuple[Network, ...]) -> tuple[str, int]:
    """Walk from the nearest hop outwards: the first that is not trusted is the client."""
    client, hops = peer, 0
    for word in reversed(forwarded):
        address = _address(word)
        if address is None:
            break
        client = str(address)
        if not _trusts(trusted, address):
            break
        hops += 1
    return client, hops


def _set_by_proxy(words: list[str], hops: int) -> str:
    """Return what the outermost trusted proxy set; a header of one word was set as a whole."""
    return words[-1 - min(hops, len(words) - 1)] if words else ""


def _host(words: list[str], hops: int) -> str | None:
    host = _set_by_proxy(words, hops)
    return host.lower() if _HOST.fullmatch(host) else None


def _trusts(trusted: tuple[Network, ...], address: IPAddress | None) -> bool:
    return address is not None and any(address in network for network in trusted)


def _address(text: str) -> IPAddress | None:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
