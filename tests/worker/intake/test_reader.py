"""Intake on a real Redis: every entry is committed, acknowledged or dead-lettered, exactly once."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from redis.asyncio import Redis

from shared.process.shutdown import cancel_and_wait
from shared.redis import keys
from shared.wires import dead_letters, inbox
from testbed import until
from tests.worker.builders import BUYER, CHAT, SELLER
from tests.worker.intake.turns import longest_turn
from tests.worker.messages.hostile import MADE, largest_that_is_parsed
from worker.app import readiness
from worker.intake import reader
from worker.intake.consumer_group import make_group
from worker.intake.entry import understand, understand_in_turns
from worker.intake.metrics import IntakeMetrics
from worker.intake.pipelined import CommandPipeline, Sent, replies
from worker.intake.reader import BATCH, MOST_TRIES, Intake

pytestmark = pytest.mark.anyio
NOW = 1_757_403_900.0
_ids: Iterator[int] = count(1)


def webhook(message_id: str, chat: str = CHAT) -> bytes:
    value = {"id": message_id, "chat_id": chat, "user_id": SELLER, "author_id": BUYER, "type": "text"}
    value |= {"created": 1_757_403_725, "content": {"text": message_id}}
    return orjson.dumps({"id": "d", "payload": {"type": "message", "value": value}})


async def post(redis: Redis, body: bytes, accepted: float = 1_757_403_726.0) -> None:
    await redis.execute_command("XADD", keys.INBOX, "*", *inbox.write(inbox.Webhook(body, accepted)))


async def last_webhook_at(redis: Redis) -> float:
    return float(await redis.execute_command("HGET", keys.FACTS, "last_webhook_at"))


def make_intake(
    redis: Redis, enriched: list[str] | None = None, registry: CollectorRegistry | None = None
) -> Intake:
    async def unenriched(chat_id: str) -> None:
        (enriched if enriched is not None else []).append(chat_id)

    metrics = IntakeMetrics(registry or CollectorRegistry())
    return Intake(redis, SELLER, 200, f"worker-{next(_ids)}", metrics, unenriched, unenriched)


class Running:
    """An intake at work for the length of a block."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Intake:
        loops = (self.intake.read_for_ever(), self.intake.take_over_for_ever())
        self.tasks = [asyncio.ensure_future(loop) for loop in loops]
        return self.intake

    async def __aexit__(self, *_: object) -> None:
        broken = [task.exception() for task in self.tasks if task.done()]
        await cancel_and_wait(*self.tasks)
        assert broken == []


async def empty(redis: Redis) -> bool:
    return bool(await redis.xlen(keys.INBOX) == 0)


async def left(redis: Redis, entries: int) -> bool:
    return bool(await redis.xlen(keys.INBOX) == entries)


async def shown(redis: Redis) -> set[str]:
    held: dict[bytes, bytes] = await redis.execute_command("HGETALL", keys.messages(SELLER, CHAT))
    return {name.decode() for name in held}


async def test_a_webhook_is_committed_and_its_entry_gone(real_redis: Redis) -> None:
    await post(real_redis, webhook("m1"))
    enriched: list[str] = []

    async with Running(make_intake(real_redis, enriched)):
        await until(lambda: enriched)
        assert await empty(real_redis)

    assert await shown(real_redis) == {"m1"}
    assert enriched == [CHAT]
    assert await last_webhook_at(real_redis) == 1_757_403_726.0


@pytest.mark.parametrize(
    ("held", "stands"),
    [(NOW - 5, NOW - 5), (NOW - 50, NOW - 10), (NOW + 900, NOW - 10)],
    ids=["of a webhook that waited on a disk", "of a newer one", "after a clock that was ahead"],
)
async def test_the_last_webhook_is_the_newest_one_not_in_the_future(
    real_redis: Redis, held: float, stands: float
) -> None:
    await real_redis.execute_command("HSET", keys.FACTS, "last_webhook_at", repr(held))
    fields = {inbox.BODY: webhook("m1"), inbox.ACCEPTED: repr(NOW - 10).encode()}
    batch = understand([(b"1-0", fields)], SELLER, 200, NOW)

    await reader.load_scripts(real_redis)
    await real_redis.execute_command(*batch.commands[-1])

    assert await last_webhook_at(real_redis) == stands


async def test_hostile_bodies_with_the_secret_leave_the_loop_to_others_and_lose_nothing(
    real_redis: Redis,
) -> None:
    bodies = [largest_that_is_parsed(name) for name in MADE if name != "messages" for _ in range(4)]
    for number, body in enumerate(bodies):
        await post(real_redis, body)
        await post(real_redis, webhook(f"m{number}"))

    async with longest_turn() as turn, Running(make_intake(real_redis)):
        await until(lambda: empty(real_redis))

    assert turn.calm_s < 0.2
    assert await shown(real_redis) == {f"m{number}" for number in range(len(bodies))}
    assert await real_redis.xlen(keys.DEAD) == len(bodies)


def test_entries_are_understood_in_turns_each_once_and_in_order() -> None:
    body = MADE["long names"](64 * 1024)
    entries = [(b"%d-0" % number, {inbox.BODY: body}) for number in range(20)]

    batches = list(understand_in_turns(iter(entries), SELLER, 200, lambda: NOW, 0.001))

    assert [entry for batch in batches for entry, _ in batch.entries] == [entry for entry, _ in entries]
    assert len(batches) > 1


async def test_a_backlog_of_many_reads_is_published_in_order(real_redis: Redis) -> None:
    ids = [f"m{number}" for number in range(3 * BATCH + 5)]
    for message_id in ids:
        await post(real_redis, webhook(message_id))

    async with Running(make_intake(real_redis)):
        await until(lambda: empty(real_redis))

    events = [orjson.loads(fields[b"e"]) for _, fields in await real_redis.xrange(keys.JOURNAL)]
    assert [event["message"]["id"] for event in events if event["type"] == "message"] == ids


async def test_junk_goes_to_the_dead_letters_and_the_next_message_is_unharmed(real_redis: Redis) -> None:
    for body in (b"\xff", b"[]", b"[" * 5000, webhook("m1")):
        await post(real_redis, body)

    async with Running(make_intake(real_redis)):
        await until(lambda: empty(real_redis))

    assert await shown(real_redis) == {"m1"}
    letters = await dead_letters.newest(real_redis, 10)
    assert [letter.webhook.body for letter in letters] == [b"[" * 5000, b"[]", b"\xff"]
    assert all(letter.reason for letter in letters)


async def test_the_oldest_dead_letters_beyond_the_limit_are_dropped_and_counted(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.intake.entry.MOST_DEAD_LETTERS", 2)
    for body in (b"1", b"2", b"3", b"4", b"5"):
        await post(real_redis, body)

    async with Running(make_intake(real_redis)):
        await until(lambda: empty(real_redis))

    letters = await dead_letters.newest(real_redis, 10)
    assert [letter.webhook.body for letter in letters] == [b"5", b"4"]
    counted = await real_redis.execute_command("HGETALL", keys.COUNTERS)
    assert counted == {b"dead": b"5", b"dead_dropped": b"3"}


async def test_a_probe_leaves_no_trace_and_is_no_webhook_of_avitos(real_redis: Redis) -> None:
    await post(real_redis, b"{}")

    async with Running(make_intake(real_redis)):
        await until(lambda: empty(real_redis))

    assert await real_redis.exists(keys.DEAD, keys.JOURNAL, keys.FACTS) == 0


async def test_a_canary_reaches_the_channel_without_touching_the_read_model(real_redis: Redis) -> None:
    async with real_redis.pubsub() as listener:
        await listener.subscribe(keys.EVENTS)
        await listener.get_message(timeout=20)
        await real_redis.xadd(keys.INBOX, {inbox.CANARY: b"1", inbox.ACCEPTED: b"5.0"})

        async with Running(make_intake(real_redis)):
            await until(lambda: empty(real_redis))
            heard = await listener.get_message(ignore_subscribe_messages=True, timeout=20)

    assert heard is not None
    assert orjson.loads(heard["data"].partition(b"\n")[2])["type"] == "canary"
    assert await real_redis.exists(keys.JOURNAL) == 0


async def test_entries_of_a_dead_worker_are_taken_over(real_redis: Redis) -> None:
    await make_group(real_redis, keys.INBOX)
    await post(real_redis, webhook("m1"))
    await real_redis.xreadgroup(keys.INBOX_GROUP, "dead", {keys.INBOX: ">"})

    async with Running(make_intake(real_redis)):
        await until(lambda: empty(real_redis))

    assert await shown(real_redis) == {"m1"}


async def test_entries_in_flight_when_the_connection_broke_are_handled_before_new_ones(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.intake.reader.TAKEOVER_IDLE_MS", 3_600_000)
    intake = make_intake(real_redis)
    await make_group(real_redis, keys.INBOX)
    for number in range(BATCH + 5):
        await post(real_redis, webhook(f"m{number}"))
    await real_redis.xreadgroup(keys.INBOX_GROUP, intake.consumer, {keys.INBOX: ">"})
    await post(real_redis, webhook("new"))

    async with Running(intake):
        await until(lambda: empty(real_redis))

    events = [orjson.loads(fields[b"e"]) for _, fields in await real_redis.xrange(keys.JOURNAL)]
    told = [event["message"]["id"] for event in events if event["type"] == "message"]
    assert told == [*(f"m{number}" for number in range(BATCH + 5)), "new"]


async def test_a_new_message_of_a_kind_that_is_not_in_the_table_is_counted_once(real_redis: Redis) -> None:
    registry = CollectorRegistry()
    intake = make_intake(real_redis, registry=registry)
    hologram = webhook("s1").replace(b'"type":"text"', b'"type":"hologram"')
    for body in (webhook("t1"), hologram, hologram):
        await post(real_redis, body)

    async with Running(intake):
        await until(lambda: empty(real_redis))

    page = generate_latest(registry).decode()
    assert "avito_live_worker_unknown_kinds_total 1.0" in page
    assert await shown(real_redis) == {"t1", "s1"}


async def test_batches_are_pipelined_three_at_most(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    may_answer = asyncio.Event()
    send = CommandPipeline.send

    def counted(line: CommandPipeline, commands: Sequence[Sequence[Any]]) -> Sent:
        sent.extend(1 for command in commands[:1] if command[0] == "EVALSHA")
        return send(line, commands)

    async def held(asked: Sent) -> list[Any]:
        await may_answer.wait()
        return await replies(asked)

    monkeypatch.setattr(CommandPipeline, "send", counted)
    monkeypatch.setattr(reader, "replies", held)
    for number in range(6 * BATCH):
        await post(real_redis, webhook(f"m{number}"))

    async with Running(make_intake(real_redis)):
        await until(lambda: left(real_redis, 3 * BATCH))
        assert len(sent) == 3
        may_answer.set()
        await until(lambda: empty(real_redis))

    assert len(await shown(real_redis)) == 200


async def test_scripts_that_redis_lost_are_loaded_again_and_nothing_is_lost(real_redis: Redis) -> None:
    async with Running(make_intake(real_redis)):
        await post(real_redis, webhook("m1"))
        await until(lambda: empty(real_redis))
        await real_redis.script_flush()
        await post(real_redis, webhook("m2"))
        await until(lambda: empty(real_redis))

    assert await shown(real_redis) == {"m1", "m2"}
    assert await real_redis.exists(keys.COMMIT_ATTEMPTS) == 0


async def test_a_large_backlog_of_a_dead_worker_is_taken_over_at_once(
    real_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.intake.reader.TAKEOVER_IDLE_MS", 0)
    await make_group(real_redis, keys.INBOX)
    for number in range(3 * BATCH):
        await post(real_redis, webhook(f"m{number}"))
    await real_redis.xreadgroup(keys.INBOX_GROUP, "dead", {keys.INBOX: ">"})

    await make_intake(real_redis).take_over()

    assert await empty(real_redis)


async def test_a_consumer_group_that_redis_has_lost_is_made_again(real_redis: Redis) -> None:
    async with Running(make_intake(real_redis)):
        await post(real_redis, webhook("m1"))
        await until(lambda: empty(real_redis))
        await real_redis.delete(keys.INBOX)
        await post(real_redis, webhook("m2"))

        await until(lambda: empty(real_redis))

    assert await shown(real_redis) == {"m1", "m2"}


async def test_an_entry_that_keeps_failing_becomes_a_dead_letter(real_redis: Redis) -> None:
    await real_redis.set(keys.thread(SELLER, CHAT), "in the way")
    await post(real_redis, webhook("m1"))
    intake = make_intake(real_redis)
    await make_group(real_redis, keys.INBOX)
    ((_, entries),) = await real_redis.xreadgroup(keys.INBOX_GROUP, "w", {keys.INBOX: ">"})

    for _ in range(5):
        await intake.take(entries)

    (letter,) = await dead_letters.newest(real_redis, 10)
    assert "WRONGTYPE" in letter.reason
    assert await empty(real_redis)


async def test_a_redriven_dead_letter_is_committed_and_removed(real_redis: Redis) -> None:
    await real_redis.set(keys.thread(SELLER, CHAT), "in the way")
    intake = make_intake(real_redis)
    await make_group(real_redis, keys.INBOX)
    await post(real_redis, webhook("m1"))
    ((_, entries),) = await real_redis.xreadgroup(keys.INBOX_GROUP, "w", {keys.INBOX: ">"})
    for _ in range(5):
        await intake.take(entries)
    await real_redis.delete(keys.thread(SELLER, CHAT))

    assert await dead_letters.redrive_all(real_redis) == 1
    async with Running(intake):
        await until(lambda: empty(real_redis))

    assert await shown(real_redis) == {"m1"}
    assert await real_redis.xlen(keys.DEAD) == 0


async def test_a_full_redis_never_counts_against_an_entry_and_the_worker_is_not_ready(
    real_redis: Redis,
) -> None:
    await make_group(real_redis, keys.INBOX)
    await post(real_redis, webhook("m1"))
    ((_, entries),) = await real_redis.xreadgroup(keys.INBOX_GROUP, "w", {keys.INBOX: ">"})
    intake = make_intake(real_redis)
    await real_redis.config_set("maxmemory", 1)
    try:
        for _ in range(6):
            await intake.take(entries)
        assert await real_redis.exists(keys.COMMIT_ATTEMPTS) == 0
        assert not (await readiness(intake))["ready"]
    finally:
        await real_redis.config_set("maxmemory", 0)

    await intake.take(entries)
    assert await shown(real_redis) == {"m1"}
    assert (await readiness(intake))["commits"] == "ok"


@pytest.mark.usefixtures("nothing_said_yet")
@pytest.mark.parametrize("right", ["evalsha", "zadd"])  # which the script that commits needs
async def test_a_right_that_our_user_lacks_never_counts_against_an_entry_and_is_said_once(
    real_redis: Redis, caplog: pytest.LogCaptureFixture, right: str
) -> None:
    await make_group(real_redis, keys.INBOX)
    for number in range(20):
        await post(real_redis, webhook(f"m{number}"))
    ((_, entries),) = await real_redis.xreadgroup(keys.INBOX_GROUP, "w", {keys.INBOX: ">"})
    await real_redis.execute_command(
        "ACL", "SETUSER", "half", "reset", "on", ">x", "~*", "&*", "+@all", f"-{right}"
    )
    options = real_redis.connection_pool.connection_kwargs | {"username": "half", "password": "x"}
    async with Redis(**{name: options[name] for name in ("host", "port", "username", "password")}) as half:
        intake = make_intake(half)
        for _ in range(MOST_TRIES):
            await intake.take(entries)

    assert await left(real_redis, 20)
    (told,) = (one for one in caplog.records if one.name == "worker.intake")
    assert "make redis-users" in told.__dict__["reason"]
    assert not (await readiness(intake))["ready"]


async def test_two_workers_share_the_inbox_and_show_each_message_once(real_redis: Redis) -> None:
    sent = [f"m{number % 150}" for number in range(300)]
    for message_id in sent:
        await post(real_redis, webhook(message_id))

    async with Running(make_intake(real_redis)), Running(make_intake(real_redis)):
        await until(lambda: empty(real_redis))

    events: list[dict[str, Any]] = [
        orjson.loads(fields[b"e"]) for _, fields in await real_redis.xrange(keys.JOURNAL)
    ]
    ids = [event["message"]["id"] for event in events if event["type"] == "message"]
    assert sorted(ids) == sorted(set(sent))
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
