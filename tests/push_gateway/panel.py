"""A browser for tests: it logs in, reads, holds a WebSocket. And commits, as a worker makes them."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import orjson
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection

from shared.redis import keys
from testbed import PANEL, PanelClient, System
from tests.worker.builders import SELLER, make_message
from worker.messages.commit import Change, commit

PATH = PANEL
COLLEAGUES_PASSWORD = "amber-Kettle-90"


@dataclass(slots=True)
class Socket:
    """An open WebSocket that reads JSON."""

    ws: ClientConnection

    async def read(self) -> dict[str, Any]:
        """Return the next frame."""
        return dict(orjson.loads(await self.ws.recv()))

    async def read_type(self, *types: str) -> dict[str, Any]:
        """Return the next frame of one of these types."""
        while True:
            frame = await self.read()
            if frame["type"] in types:
                return frame

    async def read_until(self, seq: int) -> list[int]:
        """Return the seqs of the events up to and including this one."""
        seqs = [0]
        while seqs[-1] < seq:
            frame = await self.read()
            if frame["type"] != "canary" and "seq" in frame:
                seqs.append(frame["seq"])
        return seqs[1:]

    async def say(self, **frame: Any) -> None:
        """Send a frame."""
        await self.ws.send(orjson.dumps(frame).decode())

    async def close_code(self) -> int | None:
        """Wait for the end; returns its code. A socket with a `max_queue` must have been read before."""
        await self.ws.wait_closed()
        return self.ws.close_code


class Panel(PanelClient):
    """One browser at one gateway, with the API's JSON."""

    async def get(self, path: str, **query: Any) -> Any:
        """Read JSON that must be there."""
        answer = await self.http.get(PATH + path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, headers: dict[str, str] | None = None, /, **body: Any) -> httpx2.Response:
        """Post JSON to the API."""
        return await self.http.post(f"{PATH}api/{path}", json=body, headers=headers)

    async def catch_up(self, socket: Socket) -> int:
        """Read the greeting and the events of earlier tests that are on their way; returns the seq there."""
        hello = await socket.read_type("hello")
        now: int = (await self.get("api/chats"))["seq"]
        if now > hello["seq"]:
            await socket.read_until(now)
        return now

    @asynccontextmanager
    async def socket(
        self, hello: dict[str, Any] | None = None, *, base: str = "", **more: Any
    ) -> AsyncIterator[Socket]:
        """Hold a WebSocket; `hello` or any event: come back from there."""
        query = f"?epoch={hello['epoch']}&seq={hello['seq']}" if hello else ""
        async with self.connect(query, base=base, **more) as ws:
            yield Socket(ws)


@asynccontextmanager
async def team_of_two(base: str, colleagues_base: str) -> AsyncIterator[tuple[Panel, Panel]]:
    """The owner, and the operator Анна at her own gateway."""
    async with Panel.at(base) as owner, Panel.at(colleagues_base) as anna:
        await owner.log_in()
        await owner.post("owner/operators", name="Анна", password=COLLEAGUES_PASSWORD, role="operator")
        await anna.log_in("Анна", COLLEAGUES_PASSWORD)
        yield owner, anna


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Return status and code of an error."""
    return answer.status_code, answer.json()["error"]["code"]


async def new_chat(system: System, chat_id: str) -> str:
    """Let a buyer begin a chat; returns its id."""
    async with system.redis as redis:
        await write(redis, f"first of {chat_id}", chat=chat_id)
    return chat_id


async def write(
    redis: Redis,
    *ids: str,
    chat: str = "chat-1",
    account: int = SELLER,
    created: float = 1_757_403_725,
    text: str = "",
    accepted: float | None = None,
    **more: Any,
) -> int:
    """Commit messages of a buyer; returns the seq after them."""
    await redis.execute_command("SADD", keys.ACCOUNTS, account)
    seq = 0
    for number, message_id in enumerate(ids):
        content = {"text": text or f"text of {message_id}"}
        made = make_message(message_id, created=created + number, content=content, **more)
        message = replace(made, chat_id=chat, account_id=account)
        change = Change(account, chat, (message,), "webhook", accepted=accepted)
        seq = (await commit(redis, change, time.time(), 200)).seq
    return seq
