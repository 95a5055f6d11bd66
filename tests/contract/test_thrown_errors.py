"""Every endless task of every service: an error that none foresaw is told, counted, and it is back."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from testbed import System, running_system, until
from tests.e2e.conversation import Conversation
from tests.push_gateway.panel import Panel
from tests.support.thrower import WRAP, Thrower

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]
PARTS = ("ingest", "worker", "gateway")
ERRORS = ("ValueError", "CancelledError")
LEAST = {"ingest": 7, "worker": 20, "gateway": 9}
"""So many endless tasks a service has at least, so that this cannot pass by finding none."""


@pytest.fixture
async def throwers(system: System) -> dict[str, Thrower]:
    return {part: Thrower(system.folder / f"{part}.sock") for part in PARTS}


@pytest.fixture
async def system(tmp_path: Path, anyio_backend: str) -> AsyncIterator[System]:
    async with running_system(tmp_path) as running:
        await running.avito.subscribe(running.webhook_url)
        yield running


async def test_an_error_thrown_into_any_endless_task_makes_the_service_unready_until_the_task_is_back(
    system: System, throwers: dict[str, Thrower]
) -> None:
    for name, thrower in throwers.items():
        system.part(name).launch(system.environment | thrower.environ, wrap=WRAP)
    for name in PARTS:
        await system.part(name).ready()

    async with Panel.at(system.url("gateway")) as panel:
        await panel.log_in()
        conversation = Conversation(system, panel, await system.avito.chat())
        await asyncio.gather(*(_throw_into_all(system, name, throwers[name]) for name in PARTS))

        async with panel.socket() as socket:
            written = await system.avito.write(conversation.chat, "Здравствуйте")
            assert (await socket.read_type("message"))["message"]["id"] == written
        await conversation.say("Добрый день")
        await conversation.sent("Добрый день")


async def _throw_into_all(system: System, name: str, thrower: Thrower) -> None:
    await until(partial(_has_many, thrower, LEAST[name]))  # a worker begins to lead
    tasks = await _endless(thrower)
    for error in ERRORS:
        for task in sorted(tasks):
            before = await _failures(system, name)
            await until(partial(thrower.throw, error, task))
            await until(partial(_has_failed, system, name, before), within=60)
            assert await _is_unready(system, name), task
    await until(lambda: _is_back(thrower, tasks))
    await system.part(name).ready()


async def _has_many(thrower: Thrower, least: int) -> bool:
    return len(await thrower.tasks()) >= least


async def _endless(thrower: Thrower) -> set[str]:
    """Return the tasks that are there at every one of a few looks."""
    tasks = await thrower.tasks()
    for _ in range(5):
        await asyncio.sleep(0.1)
        tasks &= await thrower.tasks()
    return tasks


async def _is_back(thrower: Thrower, tasks: set[str]) -> bool:
    return tasks <= await thrower.tasks()


async def _has_failed(system: System, name: str, before: float) -> bool:
    return await _failures(system, name) > before


async def _failures(system: System, name: str) -> float:
    text = (await system.http.get(f"{system.url(name)}/metrics")).text
    lines = (line for line in text.splitlines() if line.startswith("avito_live_loop_failures_total{"))
    return sum(float(line.split()[-1]) for line in lines)


async def _is_unready(system: System, name: str) -> bool:
    answer = await system.http.get(f"{system.url(name)}/readyz")
    return answer.status_code == 503 and bool(answer.json().get("failing"))
