"""One operator of a running system, with a chat in which a buyer has written."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from testbed import System, running_system, until
from tests.push_gateway.panel import PATH, Panel, Socket


@dataclass(slots=True)
class Conversation:
    """One operator of a running system, with a chat in which a buyer has written."""

    system: System
    panel: Panel
    chat: str

    async def post(self, path: str, **body: Any) -> httpx2.Response:
        """Send JSON."""
        return await self.panel.http.post(f"{PATH}api/{path}", json=body)

    async def say(self, text: str, ref: str = "", chat: str = "") -> str:
        """Write a reply and return its ref."""
        ref = ref or uuid4().hex
        answer = await self.post(f"chats/{chat or self.chat}/messages", text=text, ref=ref)
        assert answer.status_code == 202, answer.text
        return ref

    async def show(self, picture: bytes, ref: str) -> httpx2.Response:
        """Send a picture."""
        files = {"image": ("photo.png", picture)}
        url = f"{PATH}api/chats/{self.chat}/images"
        return await self.panel.http.post(url, files=files, data={"ref": ref})

    async def thread(self) -> dict[str, Any]:
        """Return the newest page."""
        return dict(await self.panel.get(f"api/chats/{self.chat}/messages"))

    async def own(self) -> list[dict[str, Any]]:
        """Return our messages as shown."""
        return [one for one in (await self.thread())["messages"] if one["direction"] == "out"]

    async def truth(self) -> list[dict[str, Any]]:
        """Return our messages as Avito has them, oldest first."""
        chats = (await self.system.avito.truth())["chats"]
        (messages,) = (chat["messages"] for chat in chats if chat["id"] == self.chat)
        return [one for one in messages[::-1] if one["direction"] == "out"]

    async def reply(self, ref: str) -> dict[str, Any] | None:
        """Return the state of a reply, or None if it is not pending."""
        return next((one for one in (await self.thread())["outbox"] if one["ref"] == ref), None)

    async def heard(self, socket: Socket) -> dict[str, Any]:
        """Return the reply of the next frame that tells of one in this chat."""
        while True:
            frame = await socket.read_type("outbox")
            if frame["chat_id"] == self.chat:
                return dict(frame["item"])

    async def in_state(self, ref: str, state: str) -> dict[str, Any]:
        """Wait until a reply is in a state, and return it."""

        async def reached() -> dict[str, Any] | None:
            item = await self.reply(ref)
            return item if item and item["state"] == state else None

        return dict(await until(reached, within=40))

    async def sent(self, *texts: str, within: float = 40) -> list[dict[str, Any]]:
        """Wait until exactly these texts are ours in the thread."""

        async def settled() -> bool:
            return not (await self.thread())["outbox"] and len(await self.own()) >= len(texts)

        await until(settled, within)
        own = await self.own()
        assert sorted(one["content"].get("text", "") for one in own) == sorted(texts)
        return own


@asynccontextmanager
async def open_conversation(folder: Path, **environ: str) -> AsyncIterator[Conversation]:
    """Start everything, log in, let a buyer write."""
    async with running_system(folder, environ=environ) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("ingest", "worker", "gateway")
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            yield await begin(system, panel)


async def begin(system: System, panel: Panel) -> Conversation:
    """Let a buyer write in a new chat."""
    chat = await system.avito.chat()
    await system.avito.write(chat, "Ещё продаёте?")
    await until(lambda: known(panel, chat))
    return Conversation(system, panel, chat)


async def known(panel: Panel, chat: str) -> bool:
    return any(one["id"] == chat for one in (await panel.get("api/chats"))["chats"])
