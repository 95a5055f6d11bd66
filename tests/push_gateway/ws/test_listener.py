"""The listener on a real Redis, with events published while it reads a gap."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from push_gateway.http.metrics import Metrics
from push_gateway.ws import listener
from push_gateway.ws.facts import FactsReader
from push_gateway.ws.hub import Hub
from push_gateway.ws.listener import Listener
from push_gateway.ws.relay import Client, Relay
from shared.process.shutdown import cancel_and_wait
from shared.process.supervise import supervise
from shared.redis import journal as events
from shared.redis import keys
from shared.redis.journal import JournalPosition, JournalSlice, Publication
from shared.redis.journal_reader import read_after
from testbed import until
from tests.push_gateway.panel import write
from tests.support.stubborn import Stubborn

pytestmark = pytest.mark.anyio
BOUND = 3
BURST = 4 * BOUND


class SlowJournal:
    """The journal, whose reads are answered when `answering` is set."""

    def __init__(self) -> None:
        self.answering = asyncio.Event()
        self.answering.set()
        self.reads = 0

    async def read(self, redis: Redis, position: JournalPosition) -> JournalSlice:
        part = await read_after(redis, position)
        self.reads += 1
        await self.answering.wait()
        return part


@asynccontextmanager
async def listening(redis: Redis) -> AsyncIterator[Relay]:
    metrics = Metrics()
    relay = Relay(Hub[Client](), metrics)

    async def nothing() -> None:
        """A new link asks for nothing."""

    heard = Listener(
        redis,
        pool=redis.connection_pool,
        relay=relay,
        facts=FactsReader(redis, relay),
        metrics=metrics,
        on_other=[],
        on_link=nothing,
    )
    task = asyncio.create_task(supervise(logging.getLogger("push_gateway"), "listener", heard.listen))
    try:
        await until(lambda: relay.linked)
        yield relay
    finally:
        await cancel_and_wait(task)


async def test_a_burst_beyond_the_queue_while_a_gap_is_read_arrives_whole_and_in_order(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowJournal()
    monkeypatch.setattr(listener, "MOST_WAITING", BOUND)
    monkeypatch.setattr(listener, "read_after", slow.read)
    await write(real_redis, "first")
    async with listening(real_redis) as relay:
        known = relay.hub.position.seq
        await real_redis.client_kill_filter(_type="pubsub")
        slow.answering.clear()
        slow.reads = 0
        await until(lambda: slow.reads == 1)
        last = await write(real_redis, *(f"burst-{number}" for number in range(BURST)))
        slow.answering.set()

        await until(lambda: relay.hub.position.seq == last)
        assert relay.hub.ring.oldest == known + 1
        held = relay.hub.ring.after(known, 1 << 20)
        assert held is not None
        assert {held.frames.count(b'"seq":%d,' % seq) for seq in range(known + 1, last + 1)} == {1}


@pytest.mark.parametrize("done", ["x", "1e3", "9" * 30, "-5", b"\xff"])
async def test_facts_that_cannot_be_read_hold_no_event_back(
    done: str | bytes, real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "PROBE_EVERY", 0.02)
    await real_redis.execute_command("HSET", keys.FACTS, "import_done", done, "import_total", "5")
    async with listening(real_redis) as relay:
        with pytest.raises(ValueError, match=r"count|int\(\)|decode"):
            await FactsReader(real_redis, relay).read()
        last = await write(real_redis, "written meanwhile")

        await until(lambda: relay.linked and relay.hub.position.seq == last)


@pytest.mark.parametrize(
    "event", [b'{"type":"mode"', b'{"type":"message"', b"", b"5", b"[]", b'{"type":"message"}\xff']
)
async def test_an_unreadable_event_is_neither_relayed_nor_takes_a_number(
    event: bytes, real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(real_redis, "first")
    async with listening(real_redis) as relay:
        place = relay.hub.position
        broken = Publication(place.epoch, place.seq + 1, None, event)
        await real_redis.execute_command("PUBLISH", keys.EVENTS, b"garbage")
        await real_redis.execute_command("PUBLISH", keys.EVENTS, events.write(broken))
        last = await write(real_redis, "second")

        await until(lambda: relay.linked and relay.hub.position.seq == last)
        held = relay.hub.ring.after(place.seq, 1 << 20)
        assert held is not None
        assert b"second" in held.frames


async def test_after_an_unreadable_event_in_the_journal_the_gateway_goes_on_at_its_head(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "PROBE_EVERY", 0.02)
    broken = await write(real_redis, "first") + 1
    async with listening(real_redis) as relay:
        await real_redis.execute_command("XADD", keys.JOURNAL, f"{broken}-0", "e", b'{"type":"mode"')
        await real_redis.execute_command("HSET", keys.STATE, "seq", broken)
        await until(lambda: relay.hub.position.seq == broken)
        last = await write(real_redis, "second")

        await until(lambda: relay.linked and relay.hub.position.seq == last)
        assert relay.hub.ring.oldest == broken + 1


async def test_a_probe_that_ignores_its_cancellation_leaves_no_gateway_deaf(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = Stubborn()
    monkeypatch.setattr(Listener, "_probe", stubborn.run)
    async with listening(real_redis) as relay:
        monkeypatch.undo()
        await real_redis.client_kill_filter(_type="pubsub")

        await until(stubborn.ended.is_set)
        await until(lambda: relay.linked)
