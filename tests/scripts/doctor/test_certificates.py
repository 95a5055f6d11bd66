"""Each fault of a certificate, met by a real handshake, has a row of its own; a mended one has none."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from avito_live.doctor.certificate_checks import check
from tests.support.certificates import Authority, make_authority

pytestmark = pytest.mark.anyio
HOST = "localhost"
Site = Callable[[Authority], ssl.SSLContext | bytes]
NOT_TLS = b"HTTP/1.1 400 Bad Request\r\n\r\n"
INTERNAL_ERROR = bytes.fromhex("15030100020250")
"""The alert of a Caddy that has no certificate for a name yet."""


def stamp(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


ILL: dict[str, Site] = {
    "certificate_expired": lambda ca: ca.site(HOST, dates=(stamp(-90), stamp(-1))),
    "certificate_not_yet": lambda ca: ca.site(HOST, dates=(stamp(1), stamp(90))),
    "certificate_self_signed": lambda ca: ca.self_signed(HOST),
    "certificate_wrong_name": lambda ca: ca.site("panel.example.org"),
    "certificate_chain": lambda ca: ca.site(HOST, signed_by="intermediate", chain=False),
    "certificate_ends": lambda ca: ca.site(HOST, dates=(stamp(-80), stamp(10))),
    "certificate_none": lambda ca: INTERNAL_ERROR,
    "no_tls": lambda ca: NOT_TLS,
}
OTHERS = {"plain_http", "https_closed"}
WELL: dict[str, Site] = {
    "renewed in time": lambda ca: ca.site(HOST, dates=(stamp(-60), stamp(30))),
    "of six days": lambda ca: ca.site(HOST, dates=(stamp(-3), stamp(3))),
    "with its chain": lambda ca: ca.site(HOST, signed_by="intermediate"),
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))


@asynccontextmanager
async def served(site: ssl.SSLContext | bytes) -> AsyncIterator[str]:
    """Yield the URL of a server with this certificate, or that answers these bytes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(site, bytes):
            await reader.read(1)
            writer.write(site)
        writer.close()

    context = None if isinstance(site, bytes) else site
    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as server:
        yield f"https://{HOST}:{server.sockets[0].getsockname()[1]}/x"


@pytest.mark.parametrize("finding", ILL)
async def test_a_fault_of_the_certificate_is_named(authority: Authority, finding: str) -> None:
    async with served(ILL[finding](authority)) as url:
        assert (await check(url, meant=False)).name == finding


@pytest.mark.parametrize("kind", WELL)
async def test_a_certificate_that_avito_takes_is_right(authority: Authority, kind: str) -> None:
    async with served(WELL[kind](authority)) as url:
        assert (await check(url, meant=False)).name == "certificate_right"


async def test_a_closed_port_is_no_fault_of_the_certificate() -> None:
    assert (await check("https://127.0.0.1:1/x", meant=False)).name == "https_closed"


async def test_plain_http_is_wrong_unless_it_was_asked_for() -> None:
    found = [await check("http://panel.example.org/x", meant=meant) for meant in (False, True)]

    assert [(row.name, row.state) for row in found] == [("plain_http", "wrong"), ("plain_http", "warning")]
