"""Replies leave once and in order while real connections break off, at each moment of a send."""

from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from redis.asyncio import Redis
from typing_extensions import override

from tests.worker.avito.breaking import EMPTY_OBJECT, Break, breaking
from tests.worker.avito.test_transport import CUT, IMPATIENT_S, SILENT
from tests.worker.outbox.moody_avito import MoodyAvito, deliver_all
from tests.worker.outbox.replies import make_wish, open_chat, queue
from tests.worker.outbox.test_exactly_once import check
from worker.avito import requests as op
from worker.avito import transport
from worker.avito.errors import AvitoError
from worker.messages.message import Message

pytestmark = pytest.mark.anyio

BREAKS = [at for at in [*CUT.values(), *SILENT.values()] if not at.first]
ECHOES_S = (None, 0.0, 2.0)
WELL = Break(answer=EMPTY_OBJECT)


@dataclass(slots=True)
class WiredAvito(MoodyAvito):
    """Its sends go over real connections, broken by `breaks` in turn; it takes what arrives whole.

    Every third send finds nobody who listens.
    """

    http: httpx2.AsyncClient = field(kw_only=True)
    breaks: list[Break] = field(default_factory=list)

    @override
    async def send_text(self, chat_id: str, text: str) -> Message:
        await self._leave()
        self.sends += 1
        at = self.breaks.pop(0) if self.breaks and self.sends % 3 else WELL
        request = op.Request(op.SEND, "/send", json={"text": text})
        async with breaking(at) as server:
            self.http.base_url = server.url
            if self.breaks and not self.sends % 3:
                server.stop()
            try:
                await transport.send(self.http, request, "token", IMPATIENT_S)
            except AvitoError:
                if server.whole:
                    await self._accept(text)
                await self.sleep(8.0 if at.end == "silence" else 0.0)
                raise
            return await self._accept(text)


async def test_no_cut_doubles_or_loses_a_reply(real_redis: Redis) -> None:
    said = ["Да" if number % 2 else f"Ответ {number}" for number in range(len(BREAKS) + 2)]
    echoes: Any = [ECHOES_S[number % 3] for number in range(len(said))]
    await open_chat(real_redis)
    for number, text in enumerate(said):
        await queue(real_redis, make_wish(f"r{number}", text))

    async with transport.open_http("http://127.0.0.1") as http:
        avito = WiredAvito(real_redis, echoes=echoes, lag_s=0.9, http=http, breaks=list(BREAKS))
        await deliver_all(avito)
    await avito.sleep(60)

    assert (avito.breaks, len(avito.truth)) == ([], len(said))
    await check(real_redis, avito, said)
