"""Every frame of docs/asyncapi.yaml goes over a real socket, and every frame there is as it says."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from push_gateway.ws.allowance import BURST
from testbed import System, running_system, until
from tests.contract.test_asyncapi import MESSAGES, check
from tests.push_gateway.panel import Panel, Socket

pytestmark = pytest.mark.anyio
QUICK = {"POLL_INTERVAL_S": "0.5", "SWEEP_INTERVAL_S": "3", "WATCH_INTERVAL_S": "0.6"}
SAID = {"ping", "viewing", "typing", "shown"}
LONGEST = "x" * 256


@dataclass(slots=True)
class Hearing:
    """The frames that came over some sockets; each has been checked."""

    frames: list[dict[str, Any]] = field(default_factory=list)

    @property
    def types(self) -> set[str]:
        return {frame["type"] for frame in self.frames}

    def values(self, kind: str, member: str) -> set[Any]:
        return {frame[member] for frame in self.frames if frame["type"] == kind}

    async def listen(self, socket: Socket) -> None:
        try:
            while True:
                frame = await socket.read()
                check(frame)
                self.frames.append(frame)
        except ConnectionClosed:
            pass


@asynccontextmanager
async def heard_on(*sockets: Socket) -> AsyncIterator[Hearing]:
    """Listen during the block; a frame that is not as described fails it."""
    hearing = Hearing()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(hearing.listen(socket)) for socket in sockets]
        yield hearing
        for task in tasks:
            task.cancel()


async def account_with_chats(system: System) -> None:
    """Let Avito have chats from before the first start."""
    for _ in range(3):
        chat = await system.avito.chat(created=int(time.time()) - 900)
        await system.avito.write(chat, "ещё продаёте?", created=int(time.time()) - 600, webhook=False)


async def first_import(system: System, hearing: Hearing) -> None:
    await system.start("worker")
    await until(lambda: {"demo", "import", "thread", "chat", "canary"} <= hearing.types)
    await system.avito.subscribe(system.webhook_url)
    await until(lambda: "webhook" in hearing.values("mode", "mode"))
    await system.avito.subscribe()
    await until(lambda: "polling" in hearing.values("mode", "mode"))


async def a_talk(system: System, panel: Panel, hearing: Hearing) -> str:
    """Let a buyer write and an operator answer, read and note; returns the chat."""
    chat = await system.avito.chat(buyer={"name": "Вера"})
    await system.avito.write(chat, "здравствуйте")
    await system.avito.write(chat, "фото", type="image")
    await until(partial(is_held, panel, chat))
    await panel.post(f"chats/{chat}/messages", text="добрый день", ref="r-1")
    await panel.post(f"chats/{chat}/read")
    await panel.post(f"chats/{chat}/notes", text="звонить после шести", ref="n-1")
    await panel.post(f"chats/{chat}/notes/n-1/delete")
    await until(lambda: {"message", "outbox", "read", "note"} <= hearing.types)
    return chat


async def is_held(panel: Panel, chat: str) -> bool:
    rows = (await panel.get("api/chats"))["chats"]
    return any(row["id"] == chat and row["enriched"] for row in rows)


async def every_refusal(reader: Socket, flooding: Socket, hearing: Hearing) -> None:
    await reader.say(type="nonsense")
    await reader.say(type="viewing", chat_id="chat-1")
    for _ in range(int(BURST) + 10):
        await flooding.say(type="ping")
    codes = MESSAGES["error"]["payload"]["properties"]["code"]["enum"]
    await until(lambda: hearing.values("error", "code") == set(codes))


async def redis_goes_and_comes(system: System, hearing: Hearing) -> None:
    await system.kill("redis")
    await until(lambda: "catching_up" in hearing.values("link", "state"))
    system.redis_server.start()
    await until(lambda: hearing.values("link", "state") == {"catching_up", "live"})


async def test_every_frame_that_is_described_is_heard_and_every_one_heard_is_as_described(
    tmp_path: Path,
) -> None:
    async with (
        running_system(tmp_path, "ingest", "gateway", environ=QUICK) as system,
        Panel.at(system.url("gateway")) as panel,
    ):
        await account_with_chats(system)
        await panel.log_in()
        made = await panel.post("owner/tokens", name="crm", scope="read")
        token = {"Authorization": f"Bearer {made.json()['token']}"}
        async with (
            panel.socket() as first,
            panel.socket() as second,
            panel.socket(origin=None, additional_headers=token) as reader,
            heard_on(first, second, reader) as hearing,
        ):
            await first_import(system, hearing)
            chat = await a_talk(system, panel, hearing)
            await second.say(type="viewing", chat_id=chat)
            await every_refusal(reader, second, hearing)
            await redis_goes_and_comes(system, hearing)

    assert hearing.types == set(MESSAGES) - SAID


AS_DESCRIBED: list[dict[str, Any]] = [
    {"type": "ping"},
    {"type": "viewing", "chat_id": LONGEST},
    {"type": "viewing", "chat_id": None},
    {"type": "typing", "chat_id": LONGEST},
    {"type": "shown", "seq": 0},
    {"type": "shown", "seq": 2**63 - 1},
]
NOT_AS_DESCRIBED: list[dict[str, Any]] = [
    {"type": "viewing"},
    {"type": "viewing", "chat_id": ""},
    {"type": "viewing", "chat_id": LONGEST + "x"},
    {"type": "viewing", "chat_id": 5},
    {"type": "typing"},
    {"type": "typing", "chat_id": None},
    {"type": "typing", "chat_id": ["chat-1"]},
    {"type": "shown"},
    {"type": "shown", "seq": -1},
    {"type": "shown", "seq": 2**63},
    {"type": "shown", "seq": "5"},
    {"type": "shown", "seq": 1.5},
]


def is_described(frame: dict[str, Any]) -> bool:
    try:
        check(frame)
    except jsonschema_rs.ValidationError:
        return False
    return True


async def test_what_a_client_says_is_taken_if_it_is_as_described_and_refused_if_not(panel: Panel) -> None:
    refused = []
    async with panel.socket() as socket, asyncio.timeout(30):
        for frame in [*AS_DESCRIBED, *NOT_AS_DESCRIBED]:
            await socket.ws.send(orjson.dumps(frame).decode())
            await socket.ws.send("the end")
            if (await socket.read_type("error"))["message"] != "not JSON":
                refused.append(frame)
                await socket.read_type("error")

    assert refused == NOT_AS_DESCRIBED
    assert [frame for frame in [*AS_DESCRIBED, *NOT_AS_DESCRIBED] if not is_described(frame)] == refused
    assert {frame["type"] for frame in AS_DESCRIBED} == SAID
