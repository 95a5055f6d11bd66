"""Regressions that counting finds: a second command, a second serialisation, a poll."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis as blocking
from redis.asyncio import Redis

from push_gateway.auth.access import Admitted, Caller
from push_gateway.http.metrics import Metrics
from push_gateway.ws import protocol
from push_gateway.ws.hub import Hub
from push_gateway.ws.protocol import CloseCode, Facts
from push_gateway.ws.relay import Client, Relay
from shared.process.shutdown import cancel_and_wait
from shared.redis import keys
from shared.redis.journal import JournalPosition
from testbed import ACCOUNT, RedisServer, System, running_system, until
from tests.ingest.process import running_ingest
from tests.push_gateway.panel import Panel, write
from tests.push_gateway.processes import running
from tests.scripts.bench.redis_commands import count_commands
from tests.worker.builders import CHAT, SELLER, make_message
from tests.worker.intake.test_reader import empty, make_intake, post, webhook
from worker.messages.commit import Change, commit

pytestmark = pytest.mark.anyio
CLIENTS = 50
NOW = 1_757_403_800.0
WINDOWS = 4


class Browser:
    """A connection that keeps what is written to it."""

    admitted = Admitted(Caller("anna", "operator", "digest"), "")
    id = "gateway:1"

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def tick(self, now: float) -> None: ...

    def close(self, code: CloseCode, reason: str) -> None: ...

    def advance(self) -> None: ...

    def restart(self, facts: Facts) -> None: ...

    def write(self, frames: bytes) -> None:
        self.writes.append(frames)


def calls(stats: Any, command: str) -> int:
    return int(stats.get(f"cmdstat_{command}", {}).get("calls", 0))


def test_a_webhook_costs_ingest_one_command(redis_server: RedisServer, tmp_path: Path) -> None:
    with (
        blocking.Redis.from_url(redis_server.url) as store,
        running_ingest(redis_server.url, tmp_path) as ingest,
    ):
        store.flushall()
        before: Any = store.info("commandstats")
        for number in range(30):
            assert ingest.post(webhook(f"m{number}")) == 200
        after: Any = store.info("commandstats")

    assert calls(after, "xadd") - calls(before, "xadd") == 30
    assert all(calls(after, name) == calls(before, name) for name in ("eval", "evalsha", "exec", "publish"))


async def test_a_message_of_a_known_chat_costs_the_worker_two_commands(real_redis: Redis) -> None:
    intake = make_intake(real_redis)
    await post(real_redis, webhook("first"))
    reading = asyncio.create_task(intake.read_for_ever())
    await until(lambda: empty(real_redis))
    await real_redis.config_resetstat()
    for number in range(100):
        await post(real_redis, webhook(f"m{number}"))
    await until(lambda: empty(real_redis))
    stats = await real_redis.info("commandstats")
    await cancel_and_wait(reading)

    assert calls(stats, "evalsha") == 200  # the commit, and when the newest webhook came (once a batch)
    assert [calls(stats, name) for name in ("script|load", "multi", "watch")] == [0] * 3
    assert calls(stats, "publish") == 100


async def test_a_backlog_is_read_in_few_commands(real_redis: Redis) -> None:
    for number in range(256):
        await post(real_redis, webhook(f"m{number}"))
    await real_redis.config_resetstat()
    reading = asyncio.create_task(make_intake(real_redis).read_for_ever())
    await until(lambda: empty(real_redis))
    stats = await real_redis.info("commandstats")
    await cancel_and_wait(reading)

    assert calls(stats, "xreadgroup") <= 5


@pytest.mark.parametrize("apart_s", [1, 0], ids=["each of its second", "all of one second"])
async def test_a_commit_gives_redis_as_many_commands_whatever_is_held(
    real_redis: Redis, apart_s: int
) -> None:
    async def new(number: int, chat: str = CHAT) -> int:
        before = await asked(real_redis)
        message = replace(make_message(f"m{number}", created=NOW + number * apart_s), chat_id=chat)
        await commit(real_redis, Change(SELLER, chat, (message,), "webhook"), NOW, 500)
        return await asked(real_redis) - before

    for number in range(3):
        await new(number)
    few = await new(3)
    for number in range(4, 204):
        await new(number)
        await new(number, chat=f"chat-{number}")

    assert await new(204) == few


async def test_a_page_of_chats_costs_as_many_commands_however_many_chats_there_are(tmp_path: Path) -> None:
    async with (
        running(tmp_path, "gateway") as system,
        Panel.at(system.url("gateway")) as panel,
        system.redis as redis,
    ):
        await panel.log_in()

        async def cost() -> int:
            """Return the least of several counts, without the gateway's other commands."""
            costs = []
            for _ in range(6):
                before = await asked(redis)
                assert len((await panel.get("api/chats", limit=20))["chats"]) == 20
                costs.append(await asked(redis) - before)
            return min(costs)

        for number in range(25):
            await write(redis, f"m{number}", chat=f"chat-{number}")
        few = await cost()
        for number in range(25, 325):
            await write(redis, f"m{number}", chat=f"chat-{number}")

        assert await cost() == few


async def asked(redis: Redis) -> int:
    """Return how many commands Redis has run, those inside scripts included."""
    stats: dict[str, dict[str, int]] = await redis.info("commandstats")
    return sum(of["calls"] for of in stats.values())


@pytest.fixture
def relay() -> Relay:
    metrics = Metrics()
    hub: Hub[Client] = Hub()
    hub.restart(JournalPosition("epoch", 0))
    return Relay(hub, metrics)


async def test_an_event_is_made_a_frame_once_for_all_clients(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[bytes] = []
    real = protocol.encode

    def counted(payload: bytes) -> bytes:
        encoded.append(payload)
        return real(payload)

    monkeypatch.setattr(protocol, "encode", counted)
    browsers = [Browser() for _ in range(CLIENTS)]
    for browser in browsers:
        relay.join(browser)

    relay.publish(1, b'{"type":"message"}')
    await asyncio.sleep(0)

    assert encoded == [b'{"type":"message"}']
    assert all(browser.writes[0] is browsers[0].writes[0] for browser in browsers)


async def test_an_event_goes_to_the_clients_unread(relay: Relay) -> None:
    browser = Browser()
    relay.join(browser)

    relay.publish(1, b"not JSON at all")
    await asyncio.sleep(0)

    assert browser.writes == [protocol.encode(b"not JSON at all")]


async def test_all_events_of_a_tick_are_one_write_a_client(relay: Relay) -> None:
    browsers = [Browser() for _ in range(CLIENTS)]
    for browser in browsers:
        relay.join(browser)

    for seq in range(1, 33):
        relay.publish(seq, b'{"type":"message"}')
    await asyncio.sleep(0)

    assert [len(browser.writes) for browser in browsers] == [1] * CLIENTS
    assert browsers[0].writes[0] == protocol.encode(b'{"type":"message"}') * 32


@pytest.fixture
async def system(tmp_path: Path, anyio_backend: str) -> AsyncIterator[System]:
    usual = {"POLL_INTERVAL_S": "30", "SWEEP_INTERVAL_S": "300", "LOG_LEVEL": "INFO"}
    async with running_system(tmp_path, "ingest", environ=usual) as running:
        await running.avito.subscribe(running.webhook_url)
        await running.start("worker", "gateway")
        yield running


@pytest.mark.slow
async def test_an_idle_process_sends_redis_at_most_ten_commands_a_second(system: System) -> None:
    seconds, sent = 8.0, dict[str, Counter[str]]()
    chat = await system.avito.chat()
    await system.avito.write(chat, "one, so that all has been used")
    async with Panel.at(system.url("gateway")) as panel, system.redis as redis:
        await panel.log_in()
        async with panel.socket():
            await until(lambda: named(redis), within=30)
            pids = {name: system.part(name).running.pid for name in ("ingest", "worker", "gateway")}
            for _ in range(WINDOWS):  # the first still sees what a start sets off
                sent = await asyncio.to_thread(count_commands, system.redis_server.port, pids, seconds)
                if all(0 < count.total() <= 10 * seconds for count in sent.values()):
                    break

    assert {name: count for name, count in sent.items() if not 0 < count.total() <= 10 * seconds} == {}


async def named(redis: Redis) -> bool:
    held = await redis.zcard(keys.chats(ACCOUNT))
    return bool(held and await redis.zcard(keys.to_enrich(ACCOUNT)) == 0)
