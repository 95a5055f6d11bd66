"""Replies of operators through the gateways, and how often each is at Avito."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import httpx

from chaos.background import every
from chaos.stage import Stage

_GIVES_UP_S = 10.0


@dataclass(slots=True)
class Replier:
    """A program that replies at a steady rate. `told`: the gateway's answer, by the text of the reply."""

    stage: Stage
    gateways: Sequence[str]
    told: dict[str, int] = field(default_factory=dict)
    _posts: list[asyncio.Task[None]] = field(default_factory=list)

    async def write_on(self, rate: float) -> None:
        """Post `rate` replies a second, each once, without waiting for earlier ones."""
        async for number in every(1 / rate):
            gateway = self.gateways[number % len(self.gateways)]
            chat = self.stage.chats[number % len(self.stage.chats)]
            self._posts.append(asyncio.create_task(self._post(gateway, chat, f"answer {number}")))

    async def answered(self) -> None:
        """Wait until every post was answered or given up."""
        await asyncio.gather(*self._posts)

    @property
    def accepted(self) -> set[str]:
        """The texts that were answered 202."""
        return {text for text, status in self.told.items() if status == httpx.codes.ACCEPTED}

    async def _post(self, gateway: str, chat: str, text: str) -> None:
        try:
            self.told[text] = await _post(self.stage, gateway, chat, text)
        except httpx.HTTPError:
            self.told[text] = 0


async def reply(stage: Stage, chat: str) -> str:
    """Write a reply as an operator does and return its text, which is unique."""
    text = f"Ответ {uuid4().hex}"
    status = await _post(stage, stage.screen.gateways[0], chat, text)
    assert status == httpx.codes.ACCEPTED, status  # noqa: S101 - nothing is broken yet
    return text


async def at_avito(stage: Stage) -> Counter[str]:
    """Return how often each text is at Avito."""
    chats = (await stage.avito.truth())["chats"]
    return Counter(message["content"].get("text", "") for chat in chats for message in chat["messages"])


async def _post(stage: Stage, gateway: str, chat: str, text: str) -> int:
    body = {"text": text, "ref": uuid4().hex}
    async with stage.screen.client(gateway, timeout=_GIVES_UP_S) as http:
        return (await http.post(f"api/chats/{chat}/messages", json=body)).status_code
