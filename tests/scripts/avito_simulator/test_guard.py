"""Endpoint faults, limits and the log of calls, around every operation."""

from typing import Any

import httpx2
import pytest

from avito_simulator.api.guard import ConnectionCutError
from tests.scripts.avito_simulator.conftest import Control, url
from tests.scripts.avito_simulator.receiver import Receiver
from tests.scripts.avito_simulator.test_messages import send

pytestmark = pytest.mark.anyio


async def strike(control: Control, operation: str, **fault: Any) -> None:
    await control("faults/endpoints", operation=operation, **fault)


async def sent_texts(control: Control) -> list[str]:
    chats = (await control.truth("chats"))["chats"]
    return [row["content"]["text"] for chat in chats for row in chat["messages"]]


async def test_a_fault_answers_in_place_of_the_operation_and_then_ends(
    api: httpx2.AsyncClient, control: Control
) -> None:
    chat_id = await control.chat()
    html = "<html>502</html>"
    await strike(control, "send", status=502, body=html, content_type="text/html", count=1)

    first, second = await send(api, chat_id, "1"), await send(api, chat_id, "2")

    assert (first.status_code, first.text, first.headers["content-type"]) == (
        502,
        html,
        "text/html; charset=utf-8",
    )
    assert second.status_code == 200
    assert await sent_texts(control) == ["2"]


async def test_a_fault_after_the_work_hides_a_send_that_happened(
    api: httpx2.AsyncClient, control: Control, receiver: Receiver
) -> None:
    chat_id = await control.chat()
    await strike(control, "send", when="after", status=500)

    assert (await send(api, chat_id, "1")).status_code == 500

    await control("idle")
    assert await sent_texts(control) == ["1"]
    assert receiver.texts() == ["1"]


@pytest.mark.parametrize(("when", "kept"), [("before", []), ("after", ["1"])])
async def test_the_connection_is_cut_before_or_after_the_work(
    api: httpx2.AsyncClient, control: Control, when: str, kept: list[str]
) -> None:
    chat_id = await control.chat()
    await strike(control, "send", when=when, drop=True, count=1)

    with pytest.raises(ConnectionCutError):
        await send(api, chat_id, "1")

    assert await sent_texts(control) == kept
    assert (await control.truth("calls"))["calls"][-1]["status"] is None


async def test_sends_may_be_cut_by_chance_after_they_were_accepted(
    api: httpx2.AsyncClient, control: Control, receiver: Receiver
) -> None:
    chat_id = await control.chat()
    await control.faults(send_drop=1)

    with pytest.raises(ConnectionCutError):
        await send(api, chat_id, "1")

    await control("idle")
    assert await sent_texts(control) == receiver.texts() == ["1"]


async def test_a_fault_can_only_slow_an_operation(api: httpx2.AsyncClient, control: Control) -> None:
    await strike(control, "chats", delay_s=0.05)

    response = await api.get(url(2, "chats"))

    assert response.status_code == 200
    assert (await control.truth("calls"))["calls"][-1]["duration_ms"] >= 45


async def test_unknown_operations_have_no_faults(control: Control) -> None:
    response = await control.http.post("/_control/faults/endpoints", json={"operation": "fly"})

    assert response.status_code == 400
    assert "send_image" in response.json()["error"]["message"]


async def test_every_call_is_logged_with_who_made_it(api: httpx2.AsyncClient, control: Control) -> None:
    await api.get(url(2, "chats?limit=5"))

    calls = (await control.truth("calls"))["calls"]

    assert [(call["operation"], call["status"], call["who"]) for call in calls] == [
        ("token", 200, "sim-client"),
        ("chats", 200, "sim-client"),
    ]
    assert calls[1]["query"] == "limit=5"
