"""What a sweep after a switch brought in is told with the switch."""

import orjson
import pytest
from prometheus_client import CollectorRegistry

from shared import keys
from tests.worker.builders import SELLER
from tests.worker.watching.conftest import Post
from worker.sweeping.book import Book
from worker.sweeping.metrics import SweepMetrics
from worker.sweeping.sweeper import Sweeper
from worker.watching.pace import Pace
from worker.watching.sweeps import Sweeps

pytestmark = pytest.mark.anyio


async def test_a_switch_is_told_again_with_what_its_backfill_brought_in(trusted: Post) -> None:
    work = trusted.judge.work
    sweeper = Sweeper(work, Book(trusted.redis, SELLER), SweepMetrics(CollectorRegistry()))
    sweeps = Sweeps(work, sweeper, trusted.judge.switcher, Pace(), trusted.signals)
    await sweeps.sweep()
    await trusted.found_by_sweep("m1", "m2", "m3")
    await trusted.judge.judge()
    trusted.avito.write("c1")
    trusted.avito.write("c1")

    await sweeps.sweep()

    (line,) = await trusted.redis.execute_command("LRANGE", keys.SWITCHES, 0, -1)
    assert orjson.loads(line)["recovered"] == 5
    assert (await trusted.told())[-1]["recovered"] == 5
    assert not trusted.signals.at_once
