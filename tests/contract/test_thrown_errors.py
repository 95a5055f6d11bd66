"""Every endless task of every service: an error that none foresaw is told, counted, and it is back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
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
ENDLESS = {"ingest": 7, "worker": 26, "gateway": 11}
"""How many tasks a service has at least once it runs, so that none is missed."""
SHORT = {"token_lease", "Round.each.<locals>.take"}
"""Tasks that come and go."""


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
    tasks = await until(partial(_all_tasks, thrower, ENDLESS[name]))
    for error in ERRORS:
        for task in sorted(tasks):
            before = await _failures(system, name)
            await until(partial(_fails, system, name, before, partial(thrower.throw, error, task)))
            assert await _is_unready(system, name), task
    await until(lambda: _is_back(thrower, tasks))
    await system.part(name).ready()


async def _all_tasks(thrower: Thrower, least: int) -> set[str]:
    """Return the endless tasks once all of them have begun, as when a worker leads; none before."""
    tasks = await thrower.tasks() - SHORT
    return tasks if len(tasks) >= least else set()


async def _is_back(thrower: Thrower, tasks: set[str]) -> bool:
    return tasks <= await thrower.tasks()


async def _fails(system: System, name: str, before: float, throw: Callable[[], Awaitable[bool]]) -> bool:
    """Throw until a loop has failed: a wait within redis-py may swallow a cancellation."""
    if await _failures(system, name) > before:
        return True
    await throw()
    return False


async def _failures(system: System, name: str) -> float:
    text = (await system.http.get(f"{system.url(name)}/metrics")).text
    lines = (line for line in text.splitlines() if line.startswith("avito_live_loop_failures_total{"))
    return sum(float(line.split()[-1]) for line in lines)


async def _is_unready(system: System, name: str) -> bool:
    answer = await system.http.get(f"{system.url(name)}/readyz")
    return answer.status_code == 503 and bool(answer.json().get("failing"))
