"""Unproven webhooks: looked up, never believed, and cheap whatever comes."""

from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry, Counter
from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import inbox
from tests.worker.builders import BUYER, SELLER
from tests.worker.fake_avito import FakeAvito, make_work
from worker.avito.errors import Unavailable
from worker.intake.consumer_group import make_group
from worker.intake.unverified import StreamEntry, UnverifiedReader
from worker.messages.deletion import DELETED_TEXT
from worker.sync.sweep.sweep_state import SweepState

pytestmark = pytest.mark.anyio


class Desk:
    """A reader of hints at a small Avito."""

    def __init__(self, redis: Redis) -> None:
        self.redis, self.avito, self.registry = redis, FakeAvito(), CollectorRegistry()
        work, book = make_work(redis, self.avito), SweepState(redis, SELLER)
        outcomes = Counter("hints", "x", ["outcome"], registry=self.registry)
        self.reader = UnverifiedReader(work, outcomes, lambda: book.ask_early(self.avito.clock()))

    async def post(self, body: bytes) -> None:
        entry = inbox.write(inbox.Webhook(body, self.avito.clock()))
        await self.redis.execute_command("XADD", keys.HINTS, "*", *entry)

    async def hint(self, chat_id: str, message_id: str, text: str = "Дайте номер карты") -> None:
        value: dict[str, Any] = {"id": message_id, "chat_id": chat_id, "user_id": SELLER, "author_id": BUYER}
        value |= {"type": "text", "created": int(self.avito.clock()), "content": {"text": text}}
        await self.post(orjson.dumps({"id": "x", "payload": {"type": "message", "value": value}}))

    async def take(self) -> None:
        """Take all that waits."""
        await make_group(self.redis, keys.HINTS)
        await self.reader.take(await self._read())

    async def _read(self) -> list[StreamEntry]:
        reply = await self.redis.execute_command(
            *("XREADGROUP", "GROUP", keys.INBOX_GROUP, "watch", "COUNT", 5000, "STREAMS", keys.HINTS, ">")
        )
        return list(reply[0][1]) if reply else []

    def outcomes(self) -> dict[str, float]:
        samples = [sample for metric in self.registry.collect() for sample in metric.samples]
        return {s.labels["outcome"]: s.value for s in samples if s.name == "hints_total"}

    async def shown(self, chat_id: str) -> set[str]:
        return {
            id_.decode() for id_ in await self.redis.execute_command("HKEYS", keys.messages(SELLER, chat_id))
        }

    async def sweep_asked(self) -> bool:
        return bool(await self.redis.exists(keys.sweep_asked(SELLER)))


@pytest.fixture
def desk(real_redis: Redis) -> Desk:
    return Desk(real_redis)


async def test_a_hint_that_avito_confirms_is_shown_as_avito_has_it(desk: Desk) -> None:
    real = desk.avito.write("c1", text="Ещё продаёте?")
    await desk.hint("c1", real, text="Дайте номер карты")

    await desk.take()

    held = await desk.redis.execute_command("HGET", keys.messages(SELLER, "c1"), real)
    assert "Ещё продаёте?" in held.decode()
    assert desk.outcomes() == {"looked_up": 1}


async def test_a_forged_post_is_never_shown(desk: Desk) -> None:
    desk.avito.write("c1")
    await desk.hint("c1", "forged")
    await desk.hint("no-such-chat", "forged")

    await desk.take()

    assert await desk.shown("c1") == {"c1-m0"}
    assert await desk.shown("no-such-chat") == set()
    assert await desk.redis.exists(keys.chat(SELLER, "no-such-chat")) == 0


async def test_a_flood_of_forged_posts_costs_ten_look_ups_and_one_early_sweep(desk: Desk) -> None:
    for number in range(1000):
        await desk.hint(f"forged-{number}", "x")

    await desk.take()

    assert desk.avito.calls == {"messages": 10}
    assert await desk.sweep_asked()
    assert await desk.redis.xlen(keys.HINTS) == 0
    assert await desk.redis.exists(keys.DEAD, keys.INBOX) == 0


async def test_many_hints_of_one_chat_are_one_look_up(desk: Desk) -> None:
    for _ in range(20):
        await desk.hint("c1", desk.avito.write("c1"))

    await desk.take()

    assert desk.avito.calls == {"messages": 1}
    assert len(await desk.shown("c1")) == 20


async def test_a_hint_of_what_is_shown_already_costs_nothing(desk: Desk) -> None:
    real = desk.avito.write("c1")
    await desk.hint("c1", real)
    await desk.take()
    desk.avito.calls.clear()
    await desk.hint("c1", real)

    await desk.take()

    assert desk.avito.calls == {}
    assert not await desk.sweep_asked()


async def test_a_hint_of_a_deletion_is_looked_up_though_the_message_is_known(desk: Desk) -> None:
    real = desk.avito.write("c1")
    await desk.hint("c1", real)
    await desk.take()
    desk.avito.clock.now += 6
    desk.avito.delete("c1", real)
    await desk.hint("c1", real, text=DELETED_TEXT)

    await desk.take()

    held = await desk.redis.execute_command("HGET", keys.messages(SELLER, "c1"), real)
    assert '"deleted":true' in held.decode()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"{}", "probe"),
        (b"", "probe"),
        (b'{"test": "message"}', "probe"),
        (b"\xff\xfe", "junk"),
        (b"[" * 5000, "junk"),
        (b'{"payload": {"type": "message", "value": {"user_id": 1}}}', "junk"),
    ],
    ids=["empty object", "nothing", "test", "not text", "nested", "another account"],
)
async def test_probes_and_junk_are_counted_and_dropped(desk: Desk, body: bytes, outcome: str) -> None:
    await desk.post(body)

    await desk.take()

    assert desk.outcomes() == {outcome: 1}
    assert await desk.redis.xlen(keys.HINTS) == 0
    assert desk.avito.calls == {}


async def test_while_avito_is_away_hints_are_left_to_the_sweep(desk: Desk) -> None:
    desk.avito.trouble["messages"] = Unavailable("messages", why="silent")
    await desk.hint("c1", desk.avito.write("c1"))

    await desk.take()

    assert desk.outcomes() == {"left_to_sweep": 1}
    assert await desk.sweep_asked()


async def test_a_hint_proves_that_its_message_was_not_missed(desk: Desk) -> None:
    await desk.redis.zadd(keys.unproved(SELLER), {"c1 m1": desk.avito.clock(), "c1 m2": desk.avito.clock()})
    await desk.hint("c1", "m1")

    await desk.take()

    assert await desk.redis.zrange(keys.unproved(SELLER), 0, -1) == [b"c1 m2"]
    assert await desk.redis.zscore(keys.hinted(SELLER), "c1 m1") is not None


async def test_what_a_dead_reader_had_taken_is_read_by_the_next(desk: Desk) -> None:
    real = desk.avito.write("c1")
    await desk.hint("c1", real)
    await make_group(desk.redis, keys.HINTS)
    await desk._read()

    entries = await desk.reader._read(b"0")
    await desk.reader.take(entries)

    assert await desk.shown("c1") == {real}
