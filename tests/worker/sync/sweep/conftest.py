from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from shared.redis import keys
from tests.worker.builders import SELLER
from tests.worker.fake_avito import FakeAvito, make_account
from worker.accounts.context import AccountContext
from worker.messages.commit import Change, commit
from worker.messages.reading import read_message
from worker.settings import WebhookAddress
from worker.sync.intervals import SyncIntervals
from worker.sync.metrics import SweepOutcome, SyncMetrics
from worker.sync.subscription.mode_controller import ModeController
from worker.sync.subscription.switch import LoopSignals
from worker.sync.subscription.sync_state import SyncState
from worker.sync.subscription.watcher import SubscriptionWatcher
from worker.sync.sweep.backfill import Backfill
from worker.sync.sweep.sweep_state import SweepState
from worker.sync.sweep.sweeper import Sweeper

URL = "https://panel.example.test/admin/avito/webhook/the-secret"


@dataclass
class SweepRig:
    """A sweeper at a small Avito, and what operators see."""

    avito: FakeAvito
    account: AccountContext
    state: SweepState
    sweeper: Sweeper
    backfill: Backfill

    async def sweep(self, *, look_for_read: bool = False) -> SweepOutcome:
        return await self.sweeper.sweep(look_for_read=look_for_read)

    async def start(self) -> None:
        """The first start, to its end."""
        await self.sweep()
        await self.backfill.import_chats()
        await self.sweep()

    async def webhook(self, chat_id: str, message_id: str) -> None:
        """What Avito has arrives by webhook."""
        row = next(row for row in self.avito.threads[chat_id] if row["id"] == message_id)
        message = read_message(row, SELLER, chat_id)
        await commit(
            self.account.redis, Change(SELLER, chat_id, (message,), "webhook"), self.avito.clock(), 200
        )

    async def shown(self, chat_id: str) -> list[tuple[str, str]]:
        """Id and type of every message of a chat, oldest first."""
        members = await self.account.redis.zrange(keys.thread(SELLER, chat_id), 0, -1)
        ids = [member[1:] if member.startswith(b"~") else member[3:] for member in members]
        name = keys.messages(SELLER, chat_id)
        held = await self.account.redis.execute_command("HMGET", name, *ids) if ids else []
        read = [orjson.loads(bytes(value).partition(b"\n")[2]) for value in held if value]
        return [(message["id"], message["type"]) for message in read]

    def truth(self, chat_id: str) -> list[tuple[str, str]]:
        return [(row["id"], row["type"]) for row in self.avito.threads[chat_id]]

    async def facts(self) -> dict[str, str]:
        found: dict[bytes, bytes] = await self.account.redis.execute_command("HGETALL", keys.FACTS)
        return {name.decode(): value.decode() for name, value in found.items()}

    async def events(self, after: int = 0) -> list[dict[str, Any]]:
        rows = await self.account.redis.xrange(keys.JOURNAL, f"{after + 1}-0")
        return [orjson.loads(fields[b"e"]) for _, fields in rows]


@dataclass
class Watched(SweepRig):
    """A rig whose webhooks are expected and judged: our URL stands at Avito."""

    watch: SubscriptionWatcher
    controller: ModeController

    async def judged(self, after_s: float = 61.0) -> tuple[str | None, str | None]:
        """The mode, and why, once every webhook had its time."""
        self.avito.clock.now += after_s
        await self.controller.update()
        facts = await self.facts()
        return facts.get("mode"), facts.get("reason_code")

    async def rung(self) -> list[str]:
        """Ids of the messages that rang, in order."""
        return [event["message"]["id"] for event in await self.events() if event.get("ring")]

    async def found_by_sweep(self) -> list[str]:
        return [name.decode() for name in await self.account.redis.zrange(keys.found_by_sweep(SELLER), 0, -1)]


def make_watched(rig: SweepRig) -> Watched:
    """Put a watch beside a sweeper, on the same Redis and the same Avito."""
    account, lease, owner = rig.account, keys.lease("watch"), "worker-1"
    sync_state, signals, intervals = (
        SyncState(account.redis, SELLER, lease, owner),
        LoopSignals(),
        SyncIntervals(),
    )
    controller = ModeController(
        account, sync_state, intervals, signals, rig.sweeper.metrics, has_address=True
    )
    watch = SubscriptionWatcher(
        account, sync_state, WebhookAddress(URL, (URL,)), intervals, signals, controller.update
    )
    return Watched(rig.avito, account, rig.state, rig.sweeper, rig.backfill, watch, controller)


@pytest.fixture
async def watched(rig: SweepRig) -> Watched:
    """Trusts webhooks, with nothing at Avito yet."""
    await rig.account.redis.set(keys.lease("watch"), "worker-1")
    watched = make_watched(rig)
    watched.avito.urls = [URL]
    await watched.watch.look()
    assert await watched.judged(0.0) == ("webhook", None)
    return watched


def make_rig_on(redis: Redis, avito: FakeAvito) -> SweepRig:
    """Put a sweeper between an Avito and a Redis."""
    account, state = make_account(redis, avito), SweepState(redis, SELLER)
    sweeper = Sweeper(account, state, SyncMetrics(CollectorRegistry()))
    return SweepRig(avito, account, state, sweeper, Backfill(account, state, sweeper, SyncIntervals()))


@pytest.fixture
def make_rig(real_redis: Redis) -> Callable[[], SweepRig]:
    return lambda: make_rig_on(real_redis, FakeAvito())


@pytest.fixture
def rig(make_rig: Callable[[], SweepRig]) -> SweepRig:
    return make_rig()
