"""Strangers who guess passwords from many networks do not keep an operator of another one out."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import count, cycle
from urllib.parse import quote

import httpx2
import pytest

from testbed import USERNAME, System, until
from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.shared_by_module import module_system
from tests.support import bare_http
from tests.support.door_watch import watching

pytestmark = [pytest.mark.anyio, pytest.mark.attack]
system = module_system("gateway", TRUSTED_PROXIES="127.0.0.1")
LOGINS = 6
GUESSERS = 24
PAUSE_S = 0.1
"""After a guess: this is no flood of requests, the places are to be taken."""
TWO_FORMS = quote("пароль-й\u0301-ё")
INVISIBLE_NAME = quote("\U000e0041" * 64)
ATTACKS = {
    "the networks of a home's /56": [f"2001:db8:1:{number:x}::1" for number in range(256)],
    "addresses of many networks": [f"{20 + number % 25}.{number}.7.1" for number in range(200)],
}


@asynccontextmanager
async def guessing(url: str, addresses: list[str]) -> AsyncIterator[Counter[int]]:
    """Guess passwords without a pause, each time from the next address and of another name."""
    to, answers = httpx2.URL(url), Counter[int]()
    guesses: Iterator[tuple[str, int]] = zip(cycle(addresses), count())

    async def guess() -> None:
        for address, number in guesses:
            body = f"username=n{number}&password={TWO_FORMS}".encode()
            headers = {"Origin": f"http://{to.host}:{to.port}", "X-Forwarded-For": address}
            reader, writer = await asyncio.open_connection(to.host, to.port)
            try:
                writer.write(bare_http.request("POST", url, headers, body))
                answers[int((await reader.readuntil(b"\r\n"))[9:12])] += 1
            finally:
                writer.transport.abort()
                with suppress(OSError):
                    await writer.wait_closed()
            await asyncio.sleep(PAUSE_S)

    tasks = [asyncio.create_task(guess()) for _ in range(GUESSERS)]
    try:
        yield answers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def log_in(operator: Panel) -> int:
    """Log in, again if hashes take so long on a busy machine that the gateway gave up by itself."""
    for _ in range(5):
        status = (await operator.log_in()).status_code
        if status != 503:
            break
    return status


@pytest.mark.parametrize("addresses", ATTACKS.values(), ids=ATTACKS)
async def test_an_operator_of_another_network_logs_in_while_guesses_come(
    system: System, addresses: list[str]
) -> None:
    gateway = system.part("gateway")
    url = f"{system.url('gateway')}{PATH}login"
    async with Panel.at(gateway.url) as operator, watching(gateway) as figures:
        operator.http.headers["X-Forwarded-For"] = "198.51.100.7"
        async with guessing(url, addresses) as answers:
            await until(lambda: answers.total() >= GUESSERS)
            logins, before_it = [], []
            for _ in range(LOGINS):
                earlier = answers[401]
                logins.append(await log_in(operator))
                before_it.append(answers[401] - earlier)
                await asyncio.sleep(0.2)  # for further guesses to come

    assert logins == [303] * LOGINS
    assert max(before_it) <= 2 * GUESSERS  # of guesses that took a turn: it waits for one of each
    assert figures.faults() == []


async def test_refused_logins_neither_fill_the_log_nor_hide_a_login_in_it(system: System) -> None:
    gateway = system.part("gateway")
    url = f"{gateway.url}{PATH}login"
    body = f"username={INVISIBLE_NAME}&password=x".encode()
    before = len(gateway.log.read_bytes())

    async with watching(gateway) as figures:
        for network in range(4):
            headers = {"Origin": gateway.url, "X-Forwarded-For": f"192.0.{network}.1"}
            await bare_http.send(url, [bare_http.request("POST", url, headers, body)] * 200)
    async with Panel.at(gateway.url) as operator:
        operator.http.headers["X-Forwarded-For"] = "198.51.100.9"
        assert (await operator.log_in()).status_code == 303

    written = gateway.log.read_bytes()[before:].decode()
    assert f"push_gateway.login.ok operator={USERNAME} address=198.51.100.9" in written
    assert "push_gateway.login.limited address=192.0.0.1" in written
    assert len(written) < 2 * 120 * 250
    assert figures.faults() == []
