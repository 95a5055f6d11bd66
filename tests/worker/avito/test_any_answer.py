"""Whatever Avito answers to whichever call: a result, or an AvitoError."""

import asyncio
import json
from contextlib import suppress
from typing import Any, cast

import httpx2
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from tests.worker.avito.test_requests import CALLS
from tests.worker.avito.test_sent import ANSWERS
from tests.worker.builders import SELLER
from worker.avito.authentication import AuthenticatedExchange
from worker.avito.client import WORLD, AvitoClient
from worker.avito.errors import AvitoError
from worker.avito.exchange import CallMetrics, Exchange
from worker.avito.rate_limit import Permit


class Unlimited:
    """Lets every call pass."""

    answered_at = 0.0

    async def wait(self, *call: Any) -> Permit:
        return Permit()

    async def apply(self, *response: Any) -> None:
        pass


class Tokens:
    """Has one token, and no other."""

    async def get(self) -> str:
        return "token"

    async def replace(self, refused: str) -> str:
        return ""


async def call(name: str, response: httpx2.Response) -> None:
    transport = httpx2.MockTransport(lambda request: response)
    async with httpx2.AsyncClient(transport=transport, base_url="https://api.example.test") as http:
        metrics = CallMetrics(CollectorRegistry())
        exchange = Exchange(http, cast("Any", Unlimited()), metrics, WORLD)
        client = AvitoClient(AuthenticatedExchange(exchange, cast("Any", Tokens())), SELLER)
        with suppress(AvitoError):
            await CALLS[name](client)


STATUSES = st.sampled_from([200, 201, 204, 301, 400, 401, 402, 403, 404, 409, 410, 422, 429, 500, 503])
LISTS = st.sampled_from(["chats", "messages", "subscriptions", "voices_urls", "error", "ok", "meta"])
BODIES = ANSWERS | st.dictionaries(LISTS, ANSWERS, max_size=3)


@given(
    st.sampled_from(sorted(CALLS)),
    STATUSES,
    BODIES.map(lambda body: json.dumps(body).encode()) | st.binary(max_size=40),
)
def test_any_answer_gives_a_result_or_an_error_of_avitos(name: str, status: int, body: bytes) -> None:
    asyncio.run(call(name, httpx2.Response(status, content=body)))
