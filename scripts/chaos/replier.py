"""A program that replies to buyers through the gateways at a steady rate, and counts its replies."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from chaos.screen import PATH
from shared.process.shutdown import cancel_and_wait
from testbed.avito import Avito

_GIVES_UP_S = 10.0


@dataclass(slots=True)
class Replier:
    """Posts each reply once. `told`: the status of the gateway's answer, by the text of the reply."""

    gateways: Sequence[httpx.AsyncClient]
    chats: Sequence[str]
    told: dict[str, int] = field(default_factory=dict)
    _posts: set[asyncio.Task[None]] = field(default_factory=set)

    async def write_on(self, rate: float) -> None:
        """Post `rate` replies a second, without waiting for earlier ones."""
        due = time.monotonic()
        for number in itertools.count():
            gateway = self.gateways[number % len(self.gateways)]
            chat = self.chats[number % len(self.chats)]
            self._posts.add(asyncio.create_task(self._post(gateway, chat, f"answer {number}")))
            due += 1 / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def answered(self) -> None:
        """Wait until every post was answered or given up."""
        await asyncio.gather(*self._posts)

    @property
    def accepted(self) -> set[str]:
        """The texts that were answered 202."""
        return {text for text, status in self.told.items() if status == httpx.codes.ACCEPTED}

    async def _post(self, gateway: httpx.AsyncClient, chat: str, text: str) -> None:
        body = {"text": text, "ref": text.replace(" ", "-")}
        try:
            answer = await gateway.post(f"{PATH}api/chats/{chat}/messages", json=body)
            self.told[text] = answer.status_code
        except httpx.HTTPError:
            self.told[text] = 0


async def sent(avito: Avito, answers: Replier) -> Counter[str]:
    """Return how often each reply is at Avito."""
    chats = (await avito.truth("chats"))["chats"]
    texts = (message["content"].get("text") for chat in chats for message in chat["messages"])
    return Counter(text for text in texts if text in answers.told)


@asynccontextmanager
async def replying(
    gateways: Sequence[str], login: tuple[str, str], chats: Sequence[str], rate: float
) -> AsyncIterator[Replier]:
    """Reply during the block; then wait until every post was answered."""
    clients = [
        httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=_GIVES_UP_S, trust_env=False)
        for url in gateways
    ]
    try:
        for client in clients:
            form = dict(zip(("username", "password"), login, strict=True))
            await client.post(f"{PATH}login", data=form)
        answers = Replier(clients, chats)
        writing = asyncio.create_task(answers.write_on(rate))
        try:
            yield answers
        finally:
            await cancel_and_wait(writing)
            await answers.answered()
    finally:
        for client in clients:
            await client.aclose()
