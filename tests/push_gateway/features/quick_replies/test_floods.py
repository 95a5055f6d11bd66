"""A full catalogue that many read and change at once: the gateway goes on answering others."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import httpx2
import pytest

from push_gateway.features.quick_replies.catalogue import LONGEST_TEXT, MOST
from testbed import System
from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.shared_by_module import module_panel, module_system
from tests.support import bare_http
from tests.support.door_watch import watching
from tests.support.yardstick import cost_of

pytestmark = [pytest.mark.anyio, pytest.mark.attack]
API = f"{PATH}api/quick-replies"
AT_ONCE = 100
system = module_system("gateway")
panel = module_panel()


def full_file(mark: str, length: int = LONGEST_TEXT) -> bytes:
    """A file that fills the catalogue with texts of this length, which begin with `mark`."""
    rows = (f"f;n{number};{mark}{'ж' * (length - len(mark))}" for number in range(MOST))
    return "\n".join(("folder;name;text", *rows)).encode()


def headers(panel: Panel) -> Mapping[str, str]:
    return {"Origin": panel.base, "Cookie": f"avito_session={panel.http.cookies['avito_session']}"}


async def at_once(url: str, requests: Sequence[bytes]) -> list[httpx2.Response]:
    """Send each over a connection of its own."""
    answers = await asyncio.gather(*(bare_http.send(url, [request]) for request in requests))
    return [answer for (answer,) in answers]


async def test_exports_of_a_full_catalogue_stop_no_other(system: System, panel: Panel) -> None:
    filled = await panel.http.post(f"{API}/import", content=full_file("a"))
    assert filled.status_code == 200
    url = f"{panel.base}{API}/export"
    async with watching(system.part("gateway")) as figures:
        answers = await at_once(url, [bare_http.request("GET", url, headers(panel))] * AT_ONCE)

    assert Counter(answer.status_code for answer in answers) == {200: AT_ONCE}
    assert figures.faults() == []


async def test_imports_at_once_stop_no_other_and_the_last_one_holds(system: System, panel: Panel) -> None:
    url = f"{panel.base}{API}/import"
    requests = [
        bare_http.request("POST", url, headers(panel), full_file(f"{number:03}", 50))
        for number in range(AT_ONCE)
    ]
    part = system.part("gateway")
    async with watching(part) as figures:
        with cost_of(part.cpu_s) as cost:
            answers = await at_once(url, requests)

    assert {answer.status_code for answer in answers} <= {200, 429}
    assert any(answer.status_code == 200 for answer in answers)
    texts = {one["text"][:3] for one in (await panel.get("api/quick-replies"))["quick_replies"]}
    assert len(texts) == 1
    assert cost.calm_s < 10.0
    assert figures.faults() == []
