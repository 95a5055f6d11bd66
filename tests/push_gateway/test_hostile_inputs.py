"""What a stranger or an operator sends to be parsed neither stops the gateway nor stays in its memory."""

import asyncio
from collections import Counter
from collections.abc import Mapping

import pytest

from testbed import System
from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.shared_by_module import module_panel, module_system
from tests.support import bare_http
from tests.support.door_watch import watching
from tests.support.yardstick import cost_of

pytestmark = [pytest.mark.anyio, pytest.mark.attack]
system = module_system(
    "gateway", TRUSTED_PROXIES="127.0.0.1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
)
panel = module_panel()

_AT_ONCE = bare_http.CONNECTIONS
_MARKS = "\u0316\u0301" * 4_000
"""Accents in an order that Unicode's normal forms sort, which takes time that grows with the square."""
_MANY_FIELDS = "api/chats/x/messages?" + "a&" * 31_000
_HEADERS = {
    "a quoted cookie": {"Cookie": 'x="' + '\\"' * 29_900 + '"'},
    "many cookies": {"Cookie": ";" * 60_000},
    "a chain of proxies": {"X-Forwarded-For": ",".join(["fc00::1"] * 7_500)},
    "a list of hosts": {"X-Forwarded-Host": "," * 60_000, "X-Forwarded-Proto": "," * 2_000},
    "a long origin": {"Origin": "https://" + "Ä" * 30_000},
    "a long operator": {"X-Operator": "éa%" * 15_000},
    "a list of tags": {"If-None-Match": '"",' * 20_000},
}


async def _flood(url: str, request: bytes, times: int = 4 * _AT_ONCE) -> Counter[int]:
    answers = await bare_http.send(url, [request] * times)
    return Counter(answer.status_code for answer in answers)


@pytest.mark.parametrize("headers", _HEADERS.values(), ids=_HEADERS)
async def test_a_strangers_headers_cost_no_more_than_their_length(
    system: System, headers: Mapping[str, str]
) -> None:
    url = f"{system.url('gateway')}{PATH}login"
    async with watching(system.part("gateway")) as figures:
        for method in ("GET", "POST"):
            await _flood(url, bare_http.request(method, url, headers))

    assert figures.faults() == []


async def test_a_strangers_query_costs_no_more_than_its_length(system: System) -> None:
    url = f"{system.url('gateway')}{PATH}"
    async with watching(system.part("gateway")) as figures:
        answers = await _flood(url, bare_http.request("GET", url + _MANY_FIELDS))

    assert answers == {414: 4 * _AT_ONCE}
    assert figures.faults() == []


@pytest.mark.parametrize("field", ["username", "password"])
async def test_no_name_and_no_password_at_the_login_stops_the_gateway(system: System, field: str) -> None:
    url = f"{system.url('gateway')}{PATH}login"
    form = {"username": "x", "password": "y", field: _MARKS}
    body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
    headers = {"Origin": system.url("gateway"), "X-Forwarded-For": f"203.0.113.{len(field)}"}
    async with watching(system.part("gateway")) as figures:
        answers = await _flood(url, bare_http.request("POST", url, headers, body))

    assert set(answers) <= {401, 429}
    assert figures.faults() == []


async def test_no_name_of_a_new_operator_stops_the_gateway(system: System, panel: Panel) -> None:
    new = {"name": _MARKS * 3, "password": "kettle-Violet-99", "role": "operator"}
    part = system.part("gateway")
    async with watching(part) as figures:
        with cost_of(part.cpu_s) as cost:
            answers = await asyncio.gather(*(panel.post("owner/operators", **new) for _ in range(8)))

    assert [answer.status_code for answer in answers] == [422] * 8
    assert cost.calm_s < 1.0  # the threads that would compute are not the one that `busy_s` watches
    assert figures.faults() == []


@pytest.mark.parametrize("row", [b";" * 1_000_000, b"\n" * 1_000_000, b'"\n";' * 300_000])
async def test_no_file_of_quick_replies_stops_the_gateway(system: System, panel: Panel, row: bytes) -> None:
    part = system.part("gateway")
    async with watching(part) as figures:
        with cost_of(part.cpu_s) as cost:
            answer = await panel.http.post(
                f"{PATH}api/quick-replies/import/preview", content=b"name;text\na;b\n" + row * 4
            )

    assert answer.status_code == 200
    assert cost.calm_s < 1.0
    assert figures.faults() == []
