from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import heartbeat
from tests.worker.builders import SELLER
from tests.worker.fake_avito import FakeAvito, make_account
from worker.settings import WebhookAddress
from worker.sync.intervals import SyncIntervals
from worker.sync.metrics import SyncMetrics
from worker.sync.subscription.mode_controller import ModeController
from worker.sync.subscription.switch import LoopSignals
from worker.sync.subscription.sync_state import SyncState
from worker.sync.subscription.watcher import SubscriptionWatcher

URL = "https://panel.example.test/admin/avito/webhook/the-secret"
OWNER = "worker-1"


@dataclass
class SubscriptionRig:
    """The watch of one worker at a small Avito, with a clock that stands still."""

    redis: Redis
    avito: FakeAvito
    state: SyncState
    signals: LoopSignals
    controller: ModeController
    watch: SubscriptionWatcher
    found: list[str] = field(default_factory=list)

    async def look(self) -> None:
        await self.watch.look()

    async def found_by_sweep(self, *names: str, age: float = 61) -> None:
        """A sweep found messages so long ago, and no webhook came."""
        self.avito.clock.now += age
        scores = {f"c1 {name}": self.avito.clock.now - age for name in names}
        await self.redis.zadd(keys.found_by_sweep(SELLER), scores)

    async def facts(self) -> dict[str, str]:
        found: dict[bytes, bytes] = await self.redis.execute_command("HGETALL", keys.FACTS)
        return {name.decode(): value.decode() for name, value in found.items()}

    async def mode(self) -> tuple[str | None, str | None]:
        facts = await self.facts()
        return facts.get("mode"), facts.get("reason_code")

    async def switches(self) -> list[tuple[str, str, str]]:
        """From, to and why, oldest first."""
        lines = [
            orjson.loads(line) for line in await self.redis.execute_command("LRANGE", keys.SWITCHES, 0, -1)
        ]
        return [(line["from"], line["to"], line["code"]) for line in lines[::-1]]

    async def told(self) -> list[dict[str, Any]]:
        events = [orjson.loads(fields[b"e"]) for _, fields in await self.redis.xrange(keys.JOURNAL)]
        return [event for event in events if event["type"] == "mode"]

    async def want(self, *, wanted: bool) -> None:
        """The owner says so."""
        await self.redis.execute_command("HSET", keys.FACTS, "wanted", int(wanted), "wanted_by", "owner")

    async def spool(self, entries: int) -> None:
        await heartbeat.beat(self.redis, "ingest", "ingest-1", {"spooled": entries}, 60)


def make_rig(redis: Redis, address: WebhookAddress) -> SubscriptionRig:
    avito = FakeAvito()
    account = make_account(redis, avito)
    state, signals, intervals = (
        SyncState(redis, SELLER, keys.lease("watch"), OWNER),
        LoopSignals(),
        SyncIntervals(),
    )
    metrics = SyncMetrics(CollectorRegistry())
    controller = ModeController(account, state, intervals, signals, metrics, has_address=bool(address.url))
    return SubscriptionRig(
        redis,
        avito,
        state,
        signals,
        controller,
        SubscriptionWatcher(account, state, address, intervals, signals, controller.update),
    )


@pytest.fixture
async def rig(real_redis: Redis) -> SubscriptionRig:
    await real_redis.set(keys.lease("watch"), OWNER)
    return make_rig(real_redis, WebhookAddress(URL, (URL, f"{URL}-before")))


@pytest.fixture
async def trusted(rig: SubscriptionRig) -> SubscriptionRig:
    """A watch that trusts webhooks: our URL stands at Avito."""
    rig.avito.urls = [URL]
    await rig.look()
    assert await rig.mode() == ("webhook", None)
    return rig
