"""The public name: whether DNS has it, whether its addresses are public, and whether each leads to us."""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from avito_live.doctor.rows import Row, row
from avito_live.webhook_setup import probe, urls
from shared import masking

_FINDINGS = {
    "bad_url": "url_wrong",
    "no_dns": "dns_missing",
    "loopback": "dns_loopback",
    "private": "dns_private",
}


def judge(url: str, addresses: Sequence[str], *, meant: bool, silent: bool = False) -> list[Row]:
    """Return the rows of a URL whose host has these addresses. `meant`: WEBHOOK_URL was set. Pure."""
    host = masking.host_of(url)
    if silent:
        return [row("dns_silent")]
    for problem in urls.problems(url, addresses):
        if problem.trouble in _FINDINGS:
            found = row(_FINDINGS[problem.trouble], host=host, address=problem.address)
            return [found.if_meant(meant=meant)]
    hidden = [address for address in addresses if not urls.is_public(address)]
    if hidden:
        return [row("dns_some_private", host=host, address=hidden[0])]
    return [row("dns_right", host=host, addresses=", ".join(addresses) or host)]


def judge_places(answers: Mapping[str, probe.Answer | None]) -> list[Row]:
    """Return the rows of addresses that lead elsewhere, if another one leads to us. None: no route. Pure."""
    if not any(answer and answer.is_ours for answer in answers.values()):
        return []
    rows = []
    for address, answer in answers.items():
        if answer is None or answer.is_ours:
            continue
        values = {"address": address, "record": "AAAA" if ":" in address else "A", "status": answer.status}
        rows.append(row("dns_address_silent" if answer.status is None else "dns_elsewhere", **values))
    return rows


async def resolve(host: str) -> tuple[list[str], bool]:
    """Return the addresses of a host, and whether the name server did not answer."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return [], error.errno == socket.EAI_AGAIN
    except (OSError, ValueError):
        return [], False
    return sorted({str(entry[4][0]) for entry in found}), False


async def ask_each(url: str, addresses: Sequence[str]) -> dict[str, probe.Answer | None]:
    """Post a probe to each address in the place of the host's name; None where this machine has no route."""
    asked = await asyncio.gather(*(_ask(url, address) for address in addresses))
    return dict(zip(addresses, asked, strict=True))


async def _ask(url: str, address: str) -> probe.Answer | None:
    parts = urlsplit(url)
    if not await asyncio.to_thread(_has_route, address):
        return None
    port = f":{parts.port}" if parts.port else ""
    place = parts._replace(netloc=f"[{address}]{port}" if ":" in address else f"{address}{port}")
    return await probe.post(place.geturl(), b"{}", {"host": parts.netloc}, parts.hostname or "")


def _has_route(address: str) -> bool:
    """Tell whether this machine could send to an address; nothing is sent."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((address, 9))
    except OSError:
        return False
    return True
