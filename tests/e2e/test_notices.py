"""What rings, is unread and waits, from Avito's POST to the browser, with every real process."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from testbed import ACCOUNT, System, running_system, until
from tests.contract.shapes import webhook
from tests.push_gateway.panel import PATH, Panel

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio
SYSTEM = {"text": "[Системное сообщение] ✏️ Пользователь создал чат, но пока ничего не написал"}
LEAD = {"text": "[Системное сообщение] Кандидат откликнулся на вакансию «Курьер»."}
CALL = {"call": {"status": "missed", "target_user_id": ACCOUNT}}


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    folder: Path = tmp_path_factory.mktemp("notices")
    async with running_system(folder, "ingest", "worker", "gateway") as running:
        await running.avito.subscribe(running.webhook_url)
        yield running


@pytest.fixture
async def panel(system: System) -> AsyncIterator[Panel]:
    async with Panel.at(system.url("gateway")) as opened:
        await opened.log_in()
        yield opened


async def post(system: System, chat: str, name: str, **more: Any) -> None:
    assert (await system.http.post(system.webhook_url, json=webhook(chat, name, **more))).status_code == 200


async def counted(panel: Panel, chat: str) -> tuple[int, bool] | None:
    """Unread, and whether it waits, as the list shows the chat."""
    listed = {one["id"]: one for one in (await panel.get("api/chats", limit=100))["chats"]}
    return (listed[chat]["unread"], listed[chat]["unanswered_since"] is not None) if chat in listed else None


@pytest.mark.parametrize(
    ("chat", "said", "ring", "counts"),
    [
        ("system as the buyer", {"content": SYSTEM}, False, (0, False)),
        ("lead as the buyer", {"content": LEAD}, True, (1, False)),
        ("lead", {"content": LEAD, "type": "system", "author_id": 0}, True, (1, False)),
        ("call", {"content": CALL, "type": "call"}, False, (0, False)),
        ("app call", {"content": {}, "type": "appCall"}, False, (0, False)),
        ("words", {"content": {"text": "Что значит «[Системное сообщение]»?"}}, True, (1, True)),
    ],
)
async def test_each_kind_is_noticed_as_what_it_is(
    system: System, panel: Panel, chat: str, said: dict[str, Any], counts: tuple[int, bool], *, ring: bool
) -> None:
    async with panel.socket() as socket:
        await post(system, chat, f"m {chat}", **said)
        heard = await socket.read_type("message")
        while heard["chat_id"] != chat:
            heard = await socket.read_type("message")

    assert heard["ring"] is ring
    assert await counted(panel, chat) == counts


async def test_the_owners_choice_reaches_the_chats_that_are_held(system: System, panel: Panel) -> None:
    options = f"{PATH}api/owner/options"
    defaults = (await panel.http.get(options)).json()["notice"]
    await post(system, "chosen", "m chosen", content=CALL, type="call")
    await until(lambda: counted(panel, "chosen"))
    assert await counted(panel, "chosen") == (0, False)

    async def is_counted(counts: tuple[int, bool]) -> bool:
        return await counted(panel, "chosen") == counts

    for choice, counts in (("wait", (1, True)), ("ring", (1, False)), ("show", (0, False))):
        assert (await panel.http.post(options, json={"notice": {"call": choice}})).status_code == 200
        await until(lambda counts=counts: is_counted(counts), within=15)  # type: ignore[misc]
    assert (await panel.http.post(options, json={"notice": defaults})).status_code == 200
