"""docs/asyncapi.yaml describes the WebSocket exactly: every frame fits, and every member is described."""

import asyncio
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from avito_live import PROJECT
from push_gateway.ws import protocol
from testbed import System, running_system, until
from tests.push_gateway.panel import PATH, Panel, Socket

DOCUMENT = yaml.safe_load((PROJECT / "docs/asyncapi.yaml").read_text(encoding="utf-8"))
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
RARE = {"thread", "mode", "link", "import"}
"""Frames that this run does not produce: see test_asyncapi_and_code.py and the tests below."""


def closed(node: Any) -> Any:
    """Refuse every member that is not described, except in Avito's own objects."""
    if isinstance(node, list):
        return [closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    shut = {name: closed(value) for name, value in node.items()}
    if "properties" in node and not node.get("x-open"):
        shut["additionalProperties"] = False
    return shut


def check(frame: dict[str, Any]) -> None:
    """Fail if a frame does not fit the document."""
    payload = deepcopy(MESSAGES[frame["type"]]["payload"])
    schema = closed(payload | {"components": DOCUMENT["components"]})
    jsonschema.Draft202012Validator(schema).validate(frame)


def test_every_message_is_in_the_channel_and_in_one_operation() -> None:
    channel = set(DOCUMENT["channels"]["socket"]["messages"])
    in_operations = [
        reference["$ref"].rpartition("/")[2]
        for operation in DOCUMENT["operations"].values()
        for reference in operation["messages"]
    ]

    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert channel == set(MESSAGES) == set(in_operations)
    assert len(in_operations) == len(MESSAGES)
    for name, message in MESSAGES.items():
        assert message["payload"]["properties"]["type"] == {"const": name}
        jsonschema.Draft202012Validator.check_schema(message["payload"])


def test_every_close_code_is_told() -> None:
    for code in protocol.CloseCode:
        assert str(int(code)) in DOCUMENT["info"]["description"]


@pytest.mark.parametrize("name", ["ping", "viewing", "typing", "shown"])
def test_what_a_client_may_say_is_understood(name: str) -> None:
    said = {"type": name, "chat_id": "chat-1", "seq": 5}
    frame = {member: said[member] for member in MESSAGES[name]["payload"]["required"]}

    check(frame)
    assert not isinstance(protocol.read(yaml.safe_dump(frame, default_flow_style=True).strip()), dict)


async def everything_happens(system: System, panel: Panel, socket: Socket) -> None:
    """Produce as many kinds of events as possible in a short time."""
    await system.avito.subscribe(system.webhook_url)
    chat = await system.avito.chat(buyer={"name": "Вера"})
    await system.avito.write(chat, "здравствуйте")
    await system.avito.write(chat, "фото", type="image")
    body = {"text": "добрый день", "ref": "r-1"}
    await until(lambda: is_held(panel, chat))
    await panel.http.post(f"{PATH}api/chats/{chat}/messages", json=body)
    await panel.http.post(f"{PATH}api/chats/{chat}/read", json={})
    await panel.http.post(f"{PATH}api/chats/{chat}/notes", json={"text": "звонить после шести", "ref": "n-1"})
    await panel.http.post(f"{PATH}api/chats/{chat}/notes/n-1/delete", json={})
    for frame in ({"type": "ping"}, {"type": "nonsense"}, {"type": "viewing", "chat_id": chat}):
        await socket.say(**frame)


async def is_held(panel: Panel, chat: str) -> bool:
    rows = (await panel.get("api/chats"))["chats"]
    return any(row["id"] == chat and row["enriched"] for row in rows)


@pytest.mark.anyio
async def test_every_frame_that_is_heard_is_described_to_the_last_member(tmp_path: Path) -> None:
    wanted = set(MESSAGES) - RARE - {"ping", "viewing", "typing", "shown"}
    heard: dict[str, int] = {}
    async with (
        running_system(tmp_path, "ingest", "worker", "gateway") as system,
        Panel.at(system.url("gateway")) as panel,
    ):
        await panel.log_in()
        async with panel.socket() as socket, panel.socket() as other:
            doing = asyncio.create_task(everything_happens(system, panel, other))
            async with asyncio.timeout(60):
                while not wanted <= set(heard):
                    for frame in (await socket.read(), await other.read()):
                        check(frame)
                        heard[frame["type"]] = heard.get(frame["type"], 0) + 1
            await doing

    assert wanted <= set(heard)


@pytest.mark.parametrize(
    "frame",
    [
        protocol.link("catching_up"),
        protocol.imported(3, 300),
        protocol.error(protocol.FrameRefusal("too_many", "slow down")),
        b'{"type":"presence","chat_id":"chat-1","viewing":["olga"],"typing":[]}',
        protocol.PONG,
    ],
)
def test_rarer_frames_fit_as_well(frame: bytes) -> None:
    check(dict(yaml.safe_load(frame)))
