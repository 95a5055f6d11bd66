"""A certificate for Redis that ends soon, its own or ours, is a warning before anything breaks."""

import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from avito_live.doctor import redis_certificates
from avito_live.doctor.certificate_dates import ends_soon
from shared.redis import connection
from tests.scripts.doctor.test_certificates import stamp
from tests.support.tls_redis import Tls, make_tls, running_tls_redis

pytestmark = pytest.mark.anyio
SOON = (stamp(-80), stamp(10))
DAY_S = 86_400
ILL = ("redis_certificate_ends", "our_certificate_ends")


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return make_tls(tmp_path_factory.mktemp("tls"))


async def found(url: str) -> dict[str, object]:
    async with connection.connect(url, names_epoch=False) as redis:
        return {row.name: row.values["days"] for row in await redis_certificates.check(redis)}


async def test_each_is_named_with_its_days_and_neither_where_both_were_renewed(
    tls: Tls, tmp_path: Path
) -> None:
    ending = replace(tls, server=tls.authority.pair("ending", "localhost", dates=SOON))
    ours, key = map(str, tls.authority.pair("ours", "avito-live", dates=SOON))
    with running_tls_redis(tmp_path, ending) as port:
        place = f"127.0.0.1:{port}/0"
        assert await found(tls.url(place)) == {"redis_certificate_ends": 9}
        both = await found(tls.url(place, ssl_certfile=ours, ssl_keyfile=key))
        assert both == dict.fromkeys(ILL, 9)
    with running_tls_redis(tmp_path, tls) as port:
        assert await found(tls.url(f"127.0.0.1:{port}/0")) == {}


@pytest.mark.parametrize(("lives", "left", "soon"), [(3650, 31, False), (3650, 29, True), (6, 2, False)])
def test_it_is_soon_when_a_sixth_of_its_time_is_left_but_not_before_thirty_days(
    lives: int, left: int, soon: bool
) -> None:
    now = time.time()
    began, ends = (formatdate(now + days * DAY_S, usegmt=True) for days in (left - lives, left))
    certificate = {"notBefore": as_openssl(began), "notAfter": as_openssl(ends)}

    assert ends_soon(certificate, now) is soon


def as_openssl(date: str) -> str:
    _, day, month, year, at, zone = date.split()
    return f"{month} {day} {at} {year} {zone}"
