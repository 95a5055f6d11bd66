"""The cost of an idle system. tests/scripts/bench/test_counts.py bounds its commands to Redis."""

import asyncio

from bench.result import Result, at_most
from bench.stage import open_socket, running_stage

_SERVICES = ("redis", "ingest", "worker", "gateway")
_SETTLE_S = 5.0


async def measure(*, quick: bool) -> Result:
    """Measure the idle system, with one browser open."""
    seconds = 10.0 if quick else 20.0
    async with running_stage(chats=1) as stage:
        servers = {name: stage.server(name) for name in _SERVICES}
        async with open_socket(servers["gateway"].url, await stage.log_in()):
            await asyncio.sleep(_SETTLE_S)
            before = {name: server.cpu_s() for name, server in servers.items()}
            await asyncio.sleep(seconds)
            used = {name: (server.cpu_s() - before[name]) / seconds * 100 for name, server in servers.items()}
    return Result(
        "Idle",
        f"Redis, ingest, a worker, a gateway with one browser, subscribed; {seconds:g} s without a webhook.",
        ("", "of one core"),
        [(name, f"{share:.2f} %") for name, share in used.items()],
        (at_most("whole system", sum(used.values()), 2, " % of one core"),),
    )
