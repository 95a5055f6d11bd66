"""A loop that meets data it cannot read: each service says so, goes on, and recovers by itself."""

from dataclasses import dataclass

import pytest

from shared.redis import keys
from testbed import ACCOUNT, System, until

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True)
class Nonsense:
    """Nonsense in Redis, the service and loop that cannot read it, and what removes it."""

    part: str
    loop: str
    write: tuple[str | bytes, ...]
    remove: tuple[str | bytes, ...]


PROCESSES = keys.process_names("worker")
NONSENSE = [
    Nonsense("ingest", "canary", ("SADD", PROCESSES, b"\xff"), ("SREM", PROCESSES, b"\xff")),
    Nonsense(
        "worker",
        "sweep",
        ("SET", keys.sweep_requested(ACCOUNT), "soon"),
        ("DEL", keys.sweep_requested(ACCOUNT)),
    ),
    Nonsense(
        "gateway",
        "listener",
        ("HSET", keys.FACTS, "import_done", "x", "import_total", "5"),
        ("HDEL", keys.FACTS, "import_done", "import_total"),
    ),
]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda one: one.part)
async def test_a_loop_that_fails_is_logged_once_counted_and_unready_until_it_runs_again(
    system: System, nonsense: Nonsense
) -> None:
    url, log = system.url(nonsense.part), system.part(nonsense.part).log
    earlier = log.read_text().count(f"loop_failed loop={nonsense.loop}")

    async def failures() -> float:
        text = (await system.http.get(f"{url}/metrics")).text
        start = f'avito_live_loop_failures_total{{loop="{nonsense.loop}"}} '
        return float(next(line for line in text.splitlines() if line.startswith(start)).split()[-1])

    async def is_told() -> bool:
        response = await system.http.get(f"{url}/readyz")
        return response.status_code == 503 and nonsense.loop in response.json().get("failing", [])

    async def is_ready() -> bool:
        return (await system.http.get(f"{url}/readyz")).status_code == 200

    async def has_failed_again() -> bool:
        return await failures() >= before + 2

    before = await failures()
    async with system.redis as redis:
        await redis.execute_command(*nonsense.write)
        try:
            await until(has_failed_again)
            assert await is_told()
            assert log.read_text().count(f"loop_failed loop={nonsense.loop}") == earlier + 1
        finally:
            await redis.execute_command(*nonsense.remove)
    await until(is_ready)
