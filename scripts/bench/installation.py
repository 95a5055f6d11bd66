"""A whole system ready for a benchmark: subscribed, its chats known and enriched."""

import asyncio
import time
from dataclasses import dataclass

import httpx
import orjson

from bench import panel, webhooks
from bench.poster import Poster
from bench.processes import ACCOUNT, WEBHOOK, Process, Processes
from bench.timing import address

_SETTLED_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Installation:
    """The processes, the chats, and the cookie of a session."""

    redis: Process
    simulator: Process
    ingest: Process
    worker: Process
    gateway: Process
    chats: list[str]
    cookie: str

    @property
    def services(self) -> list[Process]:
        """All processes of the system, including Redis."""
        return [self.redis, self.ingest, self.worker, self.gateway]


async def install(processes: Processes, chats: int = 1) -> Installation:
    """Start everything and wait until the panel shows the chats with names."""
    redis = processes.redis()
    simulator = processes.service("simulator")
    names = [await _make_chat(simulator.url) for _ in range(chats)]
    await _control(simulator.url, "PUT", "subscriptions", {"urls": [f"{processes.url('ingest')}{WEBHOOK}"]})
    ingest = processes.service("ingest")
    worker = processes.service("worker")
    gateway = processes.service("gateway")
    cookie = await panel.log_in(gateway.url)
    await _introduce(ingest, names)
    await _named(gateway.url, cookie, chats)
    return Installation(redis, simulator, ingest, worker, gateway, names, cookie)


async def _make_chat(simulator: str) -> str:
    return str((await _control(simulator, "POST", "chats", {}))["chat"]["id"])


async def _control(simulator: str, method: str, path: str, body: object) -> dict[str, dict[str, str]]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        answer = await http.request(method, f"{simulator}/_control/{path}", json=body)
        answer.raise_for_status()
        return dict(answer.json())


async def _introduce(ingest: Process, chats: list[str]) -> None:
    poster = await Poster.at(*address(ingest.url))
    for chat in chats:
        body = webhooks.body(ACCOUNT, chat, f"first-{chat}", int(time.time()))
        await poster.send(webhooks.request(WEBHOOK, body))
    poster.close()


async def _named(gateway: str, cookie: str, count: int) -> None:
    """Wait until all chats are enriched, so that no call to Avito is left."""
    async with (
        httpx.AsyncClient(base_url=gateway, headers={"Cookie": cookie}, trust_env=False) as http,
        asyncio.timeout(_SETTLED_WITHIN_S),
    ):
        named = 0
        while named < count:
            await asyncio.sleep(0.1)
            answer = await http.get(f"{panel.PATH}api/chats?limit=100")
            named = sum(bool(chat["enriched"]) for chat in orjson.loads(answer.content)["chats"])
