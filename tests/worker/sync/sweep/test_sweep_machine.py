"""Sweeps, prunes, webhooks and new epochs in any order: what rings, what is missed, what is shown."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from prometheus_client import CollectorRegistry

from shared.redis import connection, keys
from testbed import RedisServer
from tests.support.rewind import hold, rewind
from tests.worker.builders import BUYER, SELLER
from tests.worker.fake_avito import DAY, FakeAvito, make_account
from tests.worker.sync.sweep.conftest import URL, SweepRig, Watched, make_watched
from worker.avito.errors import NotFound, Unavailable
from worker.jobs import prune
from worker.sync.intervals import SyncIntervals
from worker.sync.metrics import SyncMetrics
from worker.sync.sweep import chat_list
from worker.sync.sweep.backfill import Backfill
from worker.sync.sweep.refresh import read_newest
from worker.sync.sweep.sweep_state import SweepState
from worker.sync.sweep.sweeper import Sweeper

T = TypeVar("T")
Message = tuple[str, str]
"""Chat and message id."""

CHATS = ("c0", "c1", "c2", "c3", "c4")
LATEST_S = 40
"""So late may a webhook be."""
ANY_CHAT = st.sampled_from(CHATS)
HALF_A_YEAR = 181 * DAY


@dataclass
class Told:
    """What one life of Redis has told: how often each message rang, what was pruned, up to which event."""

    rung: Counter[Message] = field(default_factory=Counter)
    let_go: set[Message] = field(default_factory=set)
    seq: int = 0

    def copy(self) -> "Told":
        return Told(self.rung.copy(), set(self.let_go), self.seq)


class Sweeping(RuleBasedStateMachine):
    """One account. `skew_s`: how wrong the worker's clock is; Avito's is right."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.redis = connection.connect(self.url)
        self.avito = FakeAvito(urls=[URL])
        self.skew_s = 0.0
        self.old: set[Message] = set()
        self.arrived: set[Message] = set()
        self.late: dict[Message, float] = {}
        self.told = Told()
        self.run(self.redis.flushall())
        self.run(self.redis.connection_pool.disconnect())
        self.run(self.redis.set(keys.lease("watch"), "worker-1"))
        self.begin()

    def teardown(self) -> None:
        self.run(self.redis.aclose())
        self.runner.close()

    def run(self, account: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await account

        return self.runner.run(awaited())

    @initialize(ages=st.lists(st.sampled_from([0.01, 1.0, 29.0, 40.0]), max_size=3))
    def there_was_a_past(self, ages: list[float]) -> None:
        for chat, age in zip(CHATS, ages, strict=False):
            for part in (3, 2, 1):
                self.old.add((chat, self.avito.write(chat, age=age * DAY + 60 * part)))
        self.run(self.rig.start())
        self.run(self.rig.watch.look())

    def begin(self) -> None:
        """A worker starts: nothing of the one before is known but what stands in Redis."""
        account = replace(
            make_account(self.redis, self.avito), clock=lambda: self.avito.clock() + self.skew_s
        )
        state = SweepState(self.redis, SELLER)
        sweeper = Sweeper(account, state, SyncMetrics(CollectorRegistry()))
        backfill = Backfill(account, state, sweeper, SyncIntervals())
        self.rig: Watched = make_watched(SweepRig(self.avito, account, state, sweeper, backfill))

    @rule()
    def worker_restarts(self) -> None:
        self.begin()

    @rule(chat=ANY_CHAT, way=st.sampled_from(["arrives", "arrives", "comes late", "is lost"]))
    def buyer_writes(self, chat: str, way: str) -> None:
        self.written(chat, BUYER, way)

    @rule(chat=ANY_CHAT, way=st.sampled_from(["arrives", "is lost"]))
    def seller_writes_in_avitos_app(self, chat: str, way: str) -> None:
        self.written(chat, SELLER, way)

    def written(self, chat: str, author: int, way: str) -> None:
        self.avito.clock.now += 1
        message = (chat, self.avito.write(chat, author=author))
        if way == "arrives":
            self.arrives(message)
        elif way == "comes late":
            self.late[message] = self.avito.clock.now

    def arrives(self, message: Message) -> None:
        self.run(self.rig.webhook(*message))
        self.arrived.add(message)
        self.late.pop(message, None)

    @precondition(lambda self: self.late)
    @rule()
    def late_webhook_arrives(self) -> None:
        self.arrives(next(iter(self.late)))

    @precondition(lambda self: self.arrived)
    @rule(data=st.data())
    def webhook_comes_again(self, data: st.DataObject) -> None:
        self.arrives(data.draw(st.sampled_from(sorted(self.arrived))))

    @rule(seconds=st.sampled_from([1, 5, 30, 61, 700]))
    def time_passes(self, seconds: int) -> None:
        self.now_or_never(seconds)
        self.avito.clock.now += seconds

    @rule(pruned=st.booleans())
    def half_a_year_passes(self, pruned: bool) -> None:
        self.now_or_never(HALF_A_YEAR)
        self.avito.clock.now += HALF_A_YEAR
        if pruned:
            self.old_chats_are_let_go_of()

    @rule(skew_s=st.sampled_from([0.0, -3600.0, 3600.0, -HALF_A_YEAR, HALF_A_YEAR]))
    def clock_is_set(self, skew_s: float) -> None:
        """Once all has settled: a wrong clock tells neither how late a webhook is nor when an epoch began."""
        self.all_settles()
        self.skew_s = skew_s

    def now_or_never(self, seconds: float) -> None:
        """Webhooks that were on their way arrive before they are too late."""
        for message, since in list(self.late.items()):
            if self.avito.clock.now + seconds - since > LATEST_S:
                self.arrives(message)

    @rule(look_for_read=st.booleans(), trouble=st.sampled_from(["", "", "chats 2", "chats", "messages"]))
    def sweep(self, look_for_read: bool, trouble: str) -> None:
        if trouble:
            self.avito.trouble[trouble] = Unavailable(trouble, status=500)
        outcome = self.run(self.rig.sweep(look_for_read=look_for_read))
        self.avito.trouble.clear()
        assert outcome.missing == 0

    @rule()
    def time_is_used(self) -> None:
        """Import and daily reading."""
        self.run(self.rig.backfill.import_chats())
        self.run(self.rig.backfill.read_again())

    @rule(chat=ANY_CHAT)
    def chat_is_opened(self, chat: str) -> None:
        with suppress(NotFound):
            self.run(read_newest(self.rig.account, self.rig.account.avito, chat))

    @rule()
    def old_chats_are_let_go_of(self) -> None:
        self.now_or_never(LATEST_S + 1)
        self.run(self.rig.sweep())
        self.nothing_rings_that_has_rung_or_is_old()
        before = self.held()
        self.run(prune.prune(self.rig.account))
        self.told.let_go |= before - self.held()

    @rule()
    def subscription_is_looked_at(self) -> None:
        self.run(self.rig.watch.look())

    @rule(chats=st.lists(ANY_CHAT, max_size=4), swept=st.booleans())
    def tail_is_lost(self, chats: list[str], swept: bool) -> None:
        """Messages come by webhook, and are lost with all that was done since."""
        held, told = self.run(hold(self.redis)), self.told.copy()
        for chat in chats:
            self.buyer_writes(chat, "arrives")
        if swept:
            self.run(self.rig.sweep())
        self.run(rewind(self.redis, held))
        self.told, self.skew_s = told, 0.0

    @rule()
    def all_settles(self) -> None:
        """Then the screen shows what Avito lists, except for messages that were pruned or never imported."""
        self.now_or_never(LATEST_S + 1)
        self.run(self.rig.watch.look())
        self.run(self.rig.sweep())
        self.run(self.rig.backfill.import_chats())
        outcome = self.run(self.rig.sweep())
        assert outcome.whole
        for chat in self.avito.threads:
            truth = [name for name, _ in self.rig.truth(chat)]
            shown = [name for name, _ in self.run(self.rig.shown(chat))]
            assert shown == [name for name in truth if name in shown]
            may_be_absent = {name for where, name in self.old | self.told.let_go if where == chat}
            assert set(truth) - set(shown) <= may_be_absent

    @invariant()
    def nothing_is_missed_that_came_by_webhook(self) -> None:
        self.run(self.rig.controller.update())
        missed = {
            self.named(name) for name in self.run(self.redis.zrange(keys.missed_webhooks(SELLER), 0, -1))
        }
        assert not missed & self.arrived
        assert not missed & self.old

    @invariant()
    def nothing_rings_that_has_rung_or_is_old(self) -> None:
        for event in self.run(self.rig.events(self.told.seq)):
            self.told.seq = event["seq"]
            if event.get("ring"):
                message = (event["chat_id"], event["message"]["id"])
                assert message not in self.old | self.told.let_go
                self.told.rung[message] += 1
        assert max(self.told.rung.values(), default=0) <= 1

    def held(self) -> set[Message]:
        return {(chat, name) for chat in self.avito.threads for name, _ in self.run(self.rig.shown(chat))}

    @staticmethod
    def named(name: bytes) -> Message:
        chat, message = name.decode().split(" ")
        return chat, message


def test_messages_are_published_once_and_shown_as_avito_has_them(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_list, "PAGE", 2)
    monkeypatch.setattr(Sweeping, "url", redis_server.url)

    run_state_machine_as_test(
        Sweeping,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            print_blob=True,
            phases=[Phase.reuse, Phase.generate],  # to shrink takes minutes: the blob brings the failure back
        ),
    )
