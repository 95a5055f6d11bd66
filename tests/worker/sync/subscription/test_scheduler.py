"""What a sweep after a switch brought in is published with the switch."""

import asyncio

import orjson
import pytest
from prometheus_client import CollectorRegistry
from redis.exceptions import ConnectionError as RedisConnectionError

from shared.redis import keys
from tests.worker.builders import SELLER
from tests.worker.sync.subscription.conftest import SubscriptionRig
from worker.sync.intervals import SyncIntervals
from worker.sync.metrics import SyncMetrics
from worker.sync.sweep.marks import Mark
from worker.sync.sweep.scheduler import SweepScheduler
from worker.sync.sweep.sweep_state import SweepState
from worker.sync.sweep.sweeper import Sweeper

pytestmark = pytest.mark.anyio


@pytest.fixture
def sweeps(trusted: SubscriptionRig) -> SweepScheduler:
    account = trusted.controller.account
    sweeper = Sweeper(account, SweepState(trusted.redis, SELLER), SyncMetrics(CollectorRegistry()))
    return SweepScheduler(account, sweeper, trusted.state, SyncIntervals(), trusted.signals)


@pytest.mark.parametrize("wanted", [True, False], ids=["at once", "by its turn"])
async def test_a_sweep_that_redis_interrupts_is_due_at_once(
    trusted: SubscriptionRig, sweeps: SweepScheduler, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    async def broken(_: SweepState) -> dict[str, Mark]:
        raise RedisConnectionError

    trusted.signals.at_once = wanted
    with monkeypatch.context() as patched:
        patched.setattr(SweepState, "marks", broken)
        with pytest.raises(RedisConnectionError):
            await sweeps.sweep()
    assert trusted.signals.at_once

    await sweeps.sweep()

    assert not trusted.signals.at_once


async def test_a_switch_is_published_again_with_the_recovered_messages(
    trusted: SubscriptionRig, sweeps: SweepScheduler
) -> None:
    await sweeps.sweep()
    await trusted.found_by_sweep("m1", "m2", "m3")
    await trusted.controller.update()
    trusted.avito.write("c1")
    trusted.avito.write("c1")

    await sweeps.sweep()

    (line,) = await trusted.redis.execute_command("LRANGE", keys.SWITCHES, 0, -1)
    assert orjson.loads(line)["recovered"] == 5
    assert (await trusted.told())[-1]["recovered"] == 5
    assert not trusted.signals.at_once


async def test_where_no_sweep_was_asked_for_the_next_one_waits_for_its_interval(
    trusted: SubscriptionRig, sweeps: SweepScheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def stop(seconds: float) -> None:
        slept.append(seconds)
        raise asyncio.CancelledError

    trusted.signals.at_once = False
    await sweeps.sweep()
    trusted.avito.clock.now += 60
    monkeypatch.setattr(asyncio, "sleep", stop)
    with pytest.raises(asyncio.CancelledError):
        await sweeps.sweep_for_ever()

    assert sweeps.done == 1
    assert slept[0] > 1
