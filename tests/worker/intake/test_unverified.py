"""Unverified webhooks are looked up, never believed, and cheap in any number."""

import asyncio
import gzip
import time
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry, Counter
from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import inbox
from shared.wires.webhook_body import LARGEST_UNVERIFIED
from testbed import meanwhile
from tests.worker.builders import BUYER, SELLER
from tests.worker.fake_avito import FakeAvito, make_account
from tests.worker.intake.turns import longest_turn
from tests.worker.messages.hostile import MADE
from worker.avito.errors import Unavailable
from worker.intake import unverified
from worker.intake.consumer_group import make_group
from worker.intake.entry import StreamEntry
from worker.intake.unverified import UnverifiedReader
from worker.messages.deletion import DELETED_TEXT
from worker.sync.sweep.sweep_state import SweepState

pytestmark = pytest.mark.anyio


class UnverifiedRig:
    """A reader of unverified webhooks, with a small Avito."""

    def __init__(self, redis: Redis) -> None:
        self.redis, self.avito, self.registry = redis, FakeAvito(), CollectorRegistry()
        account, state = make_account(redis, self.avito), SweepState(redis, SELLER)
        outcomes = Counter("hints", "x", ["outcome"], registry=self.registry)
        self.reader = UnverifiedReader(account, outcomes, lambda: state.ask_early(self.avito.clock()))

    async def post(self, body: bytes) -> None:
        entry = inbox.write(inbox.Webhook(body, self.avito.clock()))
        await self.redis.execute_command("XADD", keys.UNVERIFIED, "*", *entry)

    async def post_message(self, chat_id: str, message_id: str, text: str = "Дайте номер карты") -> None:
        value: dict[str, Any] = {"id": message_id, "chat_id": chat_id, "user_id": SELLER, "author_id": BUYER}
        value |= {"type": "text", "created": int(self.avito.clock()), "content": {"text": text}}
        await self.post(orjson.dumps({"id": "x", "payload": {"type": "message", "value": value}}))

    async def take(self) -> None:
        """Take all that waits."""
        await make_group(self.redis, keys.UNVERIFIED)
        await self.reader.take(await self._read())

    async def _read(self) -> list[StreamEntry]:
        reply = await self.redis.execute_command(
            *(
                "XREADGROUP",
                "GROUP",
                keys.INBOX_GROUP,
                "watch",
                "COUNT",
                5000,
                "STREAMS",
                keys.UNVERIFIED,
                ">",
            )
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
        return bool(await self.redis.exists(keys.sweep_requested(SELLER)))


@pytest.fixture
def rig(real_redis: Redis) -> UnverifiedRig:
    return UnverifiedRig(real_redis)


async def test_an_unverified_webhook_is_shown_as_avito_has_the_message(rig: UnverifiedRig) -> None:
    real = rig.avito.write("c1", text="Ещё продаёте?")
    await rig.post_message("c1", real, text="Дайте номер карты")

    await rig.take()

    held = await rig.redis.execute_command("HGET", keys.messages(SELLER, "c1"), real)
    assert "Ещё продаёте?" in held.decode()
    assert rig.outcomes() == {"looked_up": 1}


async def test_an_unverified_webhook_that_came_compressed_is_opened(rig: UnverifiedRig) -> None:
    real = rig.avito.write("c1")
    value = {"id": real, "chat_id": "c1", "user_id": SELLER, "author_id": BUYER, "created": rig.avito.clock()}
    await rig.post(gzip.compress(orjson.dumps({"payload": {"type": "message", "value": value}})))
    await rig.post(gzip.compress(b" " * 10_000_000))

    await rig.take()

    assert real in await rig.shown("c1")
    assert rig.outcomes() == {"looked_up": 1, "junk": 1}


async def test_a_forged_webhook_is_never_shown(rig: UnverifiedRig) -> None:
    rig.avito.write("c1")
    await rig.post_message("c1", "forged")
    await rig.post_message("no-such-chat", "forged")

    await rig.take()

    assert await rig.shown("c1") == {"c1-m0"}
    assert await rig.shown("no-such-chat") == set()
    assert await rig.redis.exists(keys.chat(SELLER, "no-such-chat")) == 0


async def test_a_flood_of_forged_webhooks_costs_ten_look_ups_and_one_early_sweep(rig: UnverifiedRig) -> None:
    for number in range(1000):
        await rig.post_message(f"forged-{number}", "x")

    await rig.take()

    assert rig.avito.calls == {"messages": 10}
    assert await rig.sweep_asked()
    assert await rig.redis.xlen(keys.UNVERIFIED) == 0
    assert await rig.redis.exists(keys.DEAD, keys.INBOX) == 0


async def test_many_unverified_webhooks_of_one_chat_are_one_look_up(rig: UnverifiedRig) -> None:
    for _ in range(20):
        await rig.post_message("c1", rig.avito.write("c1"))

    await rig.take()

    assert rig.avito.calls == {"messages": 1}
    assert len(await rig.shown("c1")) == 20


async def test_an_unverified_webhook_of_a_known_message_costs_nothing(rig: UnverifiedRig) -> None:
    real = rig.avito.write("c1")
    await rig.post_message("c1", real)
    await rig.take()
    rig.avito.calls.clear()
    await rig.post_message("c1", real)

    await rig.take()

    assert rig.avito.calls == {}
    assert not await rig.sweep_asked()


async def test_an_unverified_deletion_of_a_known_message_is_looked_up(rig: UnverifiedRig) -> None:
    real = rig.avito.write("c1")
    await rig.post_message("c1", real)
    await rig.take()
    rig.avito.clock.now += 6
    rig.avito.delete("c1", real)
    await rig.post_message("c1", real, text=DELETED_TEXT)

    await rig.take()

    held = await rig.redis.execute_command("HGET", keys.messages(SELLER, "c1"), real)
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
async def test_probes_and_junk_are_counted_and_dropped(rig: UnverifiedRig, body: bytes, outcome: str) -> None:
    await rig.post(body)

    await rig.take()

    assert rig.outcomes() == {outcome: 1}
    assert await rig.redis.xlen(keys.UNVERIFIED) == 0
    assert rig.avito.calls == {}


async def test_while_avito_is_unavailable_unverified_webhooks_are_left_to_the_sweep(
    rig: UnverifiedRig,
) -> None:
    rig.avito.trouble["messages"] = Unavailable("messages", why="silent")
    await rig.post_message("c1", rig.avito.write("c1"))

    await rig.take()

    assert rig.outcomes() == {"left_to_sweep": 1}
    assert await rig.sweep_asked()


async def test_an_unverified_webhook_keeps_its_message_from_counting_as_missed(rig: UnverifiedRig) -> None:
    await rig.redis.zadd(
        keys.found_by_sweep(SELLER), {"c1 m1": rig.avito.clock(), "c1 m2": rig.avito.clock()}
    )
    await rig.post_message("c1", "m1")

    await rig.take()

    assert await rig.redis.zrange(keys.found_by_sweep(SELLER), 0, -1) == [b"c1 m2"]
    assert await rig.redis.zscore(keys.unverified_messages(SELLER), "c1 m1") is not None


@pytest.mark.parametrize("name", MADE)
async def test_hostile_bodies_of_strangers_leave_the_loop_to_others(
    rig: UnverifiedRig, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unverified, "REST", 0.0)
    for _ in range(20):
        await rig.post(gzip.compress(MADE[name](LARGEST_UNVERIFIED), mtime=0))
    await rig.post_message("c1", rig.avito.write("c1"))

    async with longest_turn() as turn:
        await rig.take()

    assert turn.calm_s < 0.2
    assert await rig.redis.xlen(keys.UNVERIFIED) == 0
    assert await rig.sweep_asked() or "c1-m0" in await rig.shown("c1")


async def test_bodies_are_read_in_turns_and_those_past_the_budget_are_left_to_an_early_sweep(
    rig: UnverifiedRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock says of each body that reading it takes two fifths of the budget."""
    monkeypatch.setattr(unverified, "REST", 0.0)
    turns, looks = 0, list[int]()

    def clock() -> float:
        looks.append(turns)
        return len(looks) * 0.4 * unverified.CPU_OF_BATCH_S

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    rig.reader.cpu_clock = clock
    for _ in range(50):
        await rig.post(b"{}")

    async with meanwhile(others()):
        await rig.take()

    assert rig.outcomes() == {"probe": 3, "left_to_sweep": 47}
    assert await rig.sweep_asked()
    assert len(set(looks)) == 3


async def test_after_a_batch_the_reader_rests_nineteen_times_as_long_as_it_computed(
    rig: UnverifiedRig,
) -> None:
    looks = iter((1.00, 1.02))
    rig.reader.cpu_clock = lambda: next(looks)
    await rig.post(b"{}")
    began = time.monotonic()

    await rig.take()

    assert time.monotonic() - began >= 19 * 0.02


async def test_a_body_that_opens_to_more_than_a_stranger_may_send_is_junk(rig: UnverifiedRig) -> None:
    await rig.post(gzip.compress(b"[" + b" " * LARGEST_UNVERIFIED + b"]"))

    await rig.take()

    assert rig.outcomes() == {"junk": 1}


async def test_of_a_body_that_names_hundreds_of_chats_a_hundred_are_taken(rig: UnverifiedRig) -> None:
    value = {"user_id": SELLER, "author_id": BUYER, "created": int(rig.avito.clock()), "text": "x"}
    messages = [value | {"id": f"m{number}", "chat_id": f"c{number}"} for number in range(250)]
    await rig.post(orjson.dumps(messages))

    before = await _commands(rig.redis)
    await rig.take()

    assert await _commands(rig.redis) - before < 400
    assert sum(rig.outcomes().values()) == 250
    assert await rig.sweep_asked()


async def _commands(redis: Redis) -> int:
    return int((await redis.info("stats"))["total_commands_processed"])


async def test_entries_that_a_dead_reader_had_taken_are_read_by_the_next(rig: UnverifiedRig) -> None:
    real = rig.avito.write("c1")
    await rig.post_message("c1", real)
    await make_group(rig.redis, keys.UNVERIFIED)
    await rig._read()

    entries = await rig.reader._read(b"0")
    await rig.reader.take(entries)

    assert await rig.shown("c1") == {real}
