"""A simulator in this process: its API, its control API and a receiver of webhooks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from avito_simulator.app import create_app
from avito_simulator.settings import Settings
from avito_simulator.simulator import Simulator
from tests.scripts.avito_simulator.receiver import Receiver, receiving

ACCOUNT = 301200100
BASE = "http://sim.test"


@dataclass
class Clock:
    """A clock of Unix seconds that only moves when told to."""

    now: float = 1_757_400_000.0

    def __call__(self) -> float:
        return self.now


class Control:
    """The control API: answers as JSON, refusals as errors."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def __call__(self, path: str, method: str = "POST", **body: Any) -> Any:
        response = await self.http.request(method, f"/_control/{path}", json=body)
        response.raise_for_status()
        return response.json()

    async def chat(self, **body: Any) -> str:
        return str((await self("chats", **body))["chat"]["id"])

    async def write(self, chat_id: str, **body: Any) -> Any:
        return (await self(f"chats/{chat_id}/messages", **body))["message"]

    async def faults(self, **switches: Any) -> None:
        await self("faults", **switches)

    async def truth(self, parts: str = "chats,subscriptions,calls,deliveries") -> Any:
        response = await self.http.get("/_control/truth", params={"parts": parts})
        return response.json()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sim(clock: Clock) -> Simulator:
    return Simulator(Settings(public_url=BASE), clock)


@pytest.fixture
async def http(sim: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without a token."""
    app = create_app(sim)
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url=BASE) as client,
    ):
        yield client


@pytest.fixture
def control(http: httpx2.AsyncClient) -> Control:
    return Control(http)


@pytest.fixture
async def api(http: httpx2.AsyncClient, sim: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with a token."""
    transport = http._transport
    token = await http.post("/token", data=grant())
    headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
        yield client


@pytest.fixture
async def receiver(api: httpx2.AsyncClient) -> AsyncIterator[Receiver]:
    """A subscribed receiver."""
    async with receiving() as receiver:
        await api.post("/messenger/v3/webhook", json={"url": receiver.url})
        yield receiver


def grant(**changes: str) -> dict[str, str]:
    """The form of a token request."""
    return {
        "grant_type": "client_credentials",
        "client_id": "sim-client",
        "client_secret": "sim-secret",
        **changes,
    }


def url(version: int, path: str) -> str:
    """A path in the account's part of the messenger's API."""
    return f"/messenger/v{version}/accounts/{ACCOUNT}/{path}"
