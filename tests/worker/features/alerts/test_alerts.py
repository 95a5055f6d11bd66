"""The owner is told each cause once, also when the worker ends meanwhile."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.process.shutdown import cancel_and_wait
from shared.redis import keys
from testbed import until
from tests.worker.fake_avito import FakeAvito, make_account
from worker.features.alerts.alerts import Alerts

if TYPE_CHECKING:
    from worker.features.telegram import Telegram

pytestmark = pytest.mark.anyio


@dataclass
class SlowTelegram:
    """Takes a text at once and says so when `answers` is set."""

    texts: list[str] = field(default_factory=list)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, text: str) -> None:
        self.texts.append(text)
        await self.answers.wait()


async def test_a_worker_that_ends_while_telegram_answers_records_what_it_sent(
    real_redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.features.alerts.alerts.FINISH_S", 60.0)
    await real_redis.execute_command("HSET", keys.FACTS, "avito", "keys refused")
    telegram = SlowTelegram()
    alerts = Alerts(make_account(real_redis, FakeAvito()), cast("Telegram", telegram), tmp_path, 600, 1)
    watching = asyncio.create_task(alerts.watch_for_ever())
    await until(lambda: telegram.texts)
    told = len(telegram.texts)

    ending = asyncio.create_task(cancel_and_wait(watching))
    await until(lambda: watching.cancelling() > 1)
    telegram.answers.set()
    await ending

    assert await real_redis.execute_command("HLEN", keys.ALERTS_SENT) == told


async def test_a_redis_that_refuses_to_record_causes_no_second_alert(
    real_redis: Redis, tmp_path: Path
) -> None:
    await real_redis.execute_command("HSET", keys.FACTS, "avito", "keys refused")
    telegram = SlowTelegram()
    telegram.answers.set()
    alerts = Alerts(make_account(real_redis, FakeAvito()), cast("Telegram", telegram), tmp_path, 600, 1)
    await real_redis.config_set("maxmemory", "1")
    try:
        for _ in range(3):
            with suppress(ResponseError):
                await alerts.look()
    finally:
        await real_redis.config_set("maxmemory", "0")
    await alerts.look()

    assert sum("ключи" in text for text in telegram.texts) == 1
    assert await real_redis.execute_command("HEXISTS", keys.ALERTS_SENT, "keys")
