"""Clients of a test, with keys, time and chance of its own."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from tests.worker.builders import SELLER
from worker.avito.client import AvitoClient, open_client
from worker.avito.rate_limit import TimeAndChance
from worker.settings import Keys

CLIENT_SECRET = "the-very-secret"


@dataclass(frozen=True)
class Opened:
    """A client and what it counts."""

    avito: AvitoClient
    registry: CollectorRegistry

    def calls(self, operation: str, status: str) -> float:
        labels = {"operation": operation, "status": status}
        return self.registry.get_sample_value("avito_live_avito_calls_total", labels) or 0.0


@asynccontextmanager
async def opened(
    redis: Redis,
    url: str,
    *,
    client_id: str = "sim-client",
    client_secret: str = CLIENT_SECRET,
    user_id: int = SELLER,
    per_minute: int = 6000,
    patience: float = 1.0,
    ticks: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Opened]:
    """Give a client. `patience` 0.03 makes its time-outs about a quarter of a second."""
    registry = CollectorRegistry()
    world = TimeAndChance(time.time, ticks, lambda: 0.5)
    avito_keys = Keys(client_id, client_secret, user_id)
    async with open_client(
        redis, avito_keys, url, per_minute=per_minute, registry=registry, world=world, patience=patience
    ) as avito:
        yield Opened(avito, registry)
