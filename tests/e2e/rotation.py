"""What tests of a change of the webhook's secret do, and wait for."""

import asyncio
import signal
from typing import Any

from shared.accounts.webhook_secrets import fingerprint
from shared.redis import keys
from shared.wires import heartbeat
from testbed import System, until
from tests.e2e.owner import Owner, owner_of
from tests.e2e.watching import until_equal, until_mode

PATIENT = {"SWEEP_INTERVAL_S": "30"}
"""Sweeps are rare, so that messages come by webhook; a late webhook does not count as lost so soon."""


async def subscribed_owner(system: System) -> Owner:
    owner = owner_of(system)
    assert await owner.run("setup", "--yes") == 0
    await until_mode(system, "webhook")
    return owner


def secret_of(owner: Owner) -> str:
    """Return the secret in `.env`."""
    lines = (line.partition("=") for line in owner.env.splitlines())
    return next(value for name, _, value in lines if name == "WEBHOOK_SECRET")


async def state_of(system: System, owner: Owner) -> Any:
    """Return all that a change touches: the settings, the record in Redis, and what stands at Avito."""
    async with system.redis as redis:
        return owner.env, await redis.hgetall(keys.ROTATION), await system.avito.subscriptions()


async def cut_off(system: System, owner: Owner, number: signal.Signals) -> None:
    """Begin a change, and end it by a signal while it waits for an ingest that does not follow."""
    proves = {"proves": [fingerprint(secret_of(owner))]}
    env, record, _ = await state_of(system, owner)
    async with system.redis as redis:
        await heartbeat.beat(redis, "ingest", "stuck", proves, 600)
        command = owner.start("rotate-secret")

        async def has_begun() -> bool:
            return bool(owner.env != env and await redis.hgetall(keys.ROTATION) != record)

        try:
            await until(has_begun, within=60)
        finally:
            command.send_signal(number)
            code = await asyncio.to_thread(command.wait, 60)
        await heartbeat.deregister(redis, "ingest", "stuck")
    said = (owner.home / "said.log").read_text()
    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 130), said


async def end_the_day(system: System) -> None:
    """Let a day have passed since the last change."""
    async with system.redis as redis:
        await redis.execute_command("HSET", keys.ROTATION, "until", "1")


async def all_prove(system: System) -> None:
    """A webhook of Avito is verified and shown."""
    chat, before = await system.avito.chat(), await hints(system)
    await system.avito.write(chat, "доходит")
    await until_equal(system)
    assert await hints(system) == before


async def hints(system: System) -> float:
    """Return how many posts were unverified."""
    lines = (await system.http.get(f"{system.url('ingest')}/metrics")).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("avito_live_ingest_hints_total"))
