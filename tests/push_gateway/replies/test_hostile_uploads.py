"""Uploads that are made to cost the gateway as much as they can: it serves others meanwhile."""

import asyncio

import pytest

from testbed import System
from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.replies.hostile import FORMS, PICTURES, REF, TYPE, with_picture
from tests.push_gateway.shared_by_module import module_panel, module_system
from tests.support.door_watch import watching
from tests.support.yardstick import cost_of

pytestmark = [pytest.mark.anyio, pytest.mark.attack]
LOGINS = 5
MOST_S = 8.0
system = module_system("gateway", messages=("b1",))
panel = module_panel()


async def post(panel: Panel, body: bytes, content_type: str = TYPE) -> int:
    headers = {"Content-Type": content_type}
    url = f"{PATH}api/chats/chat-1/images"
    answer = await panel.http.post(url, content=body, headers=headers, timeout=100)
    return answer.status_code


async def test_a_login_works_while_hostile_pictures_and_forms_arrive(panel: Panel, system: System) -> None:
    names = ("JPEG segments without content", "JPEG fill bytes", "HEIC boxes", "GIF blocks of a byte")
    bodies = [with_picture(PICTURES[name]) for name in names]
    bodies += [FORMS["almost boundaries"], FORMS["spaces after a boundary"]]

    gateway = system.part("gateway")

    async with watching(gateway) as figures, Panel.at(gateway.url) as other:
        with cost_of(gateway.cpu_s) as cost:
            uploads = [asyncio.create_task(post(panel, body)) for body in bodies]
            logins = [(await other.log_in()).status_code for _ in range(LOGINS)]
            answers = await asyncio.gather(*uploads)

    assert (answers, logins) == ([422] * len(bodies), [303] * LOGINS)
    assert cost.calm_s < MOST_S
    assert figures.faults() == []


async def test_a_form_in_another_charset_is_refused_unread(panel: Panel, system: System) -> None:
    body = REF[:-2] + b"a" * 500_000 + b"\r\n--b--\r\n"

    async with watching(system.part("gateway")) as figures:
        answers = [await post(panel, body, f"{TYPE}; charset={name}") for name in ("punycode", "utf-7", "x")]

    assert answers == [400] * 3
    assert figures.faults() == []
