"""The cost of an idle system."""

import asyncio
from collections import Counter

import uvloop

from bench import panel
from bench.installation import install
from bench.processes import open_processes
from bench.redis_commands import count_commands
from bench.result import Result, Target

_SETTLE_S = 5.0


def measure(seconds: float) -> Result:
    """Measure the idle system for `seconds`, with one browser open."""
    return uvloop.run(_measure(seconds))


async def _measure(seconds: float) -> Result:
    with open_processes() as processes:
        system = await install(processes)
        async with panel.socket(system.gateway.url, system.cookie):
            await asyncio.sleep(_SETTLE_S)
            before = {process.name: process.cpu_s() for process in system.services}
            pids = {process.name: process.popen.pid for process in system.services[1:]}
            await asyncio.sleep(seconds)
            cpu = {
                process.name: (process.cpu_s() - before[process.name]) / seconds * 100
                for process in system.services
            }
            # Counted separately, since MONITOR makes Redis send every command once more.
            sent = await asyncio.to_thread(count_commands, processes.redis_port, pids, seconds)
    return _report(cpu, sent, seconds)


def _report(cpu: dict[str, float], sent: dict[str, Counter[str]], seconds: float) -> Result:
    commands = {name: count.total() / seconds for name, count in sent.items()}
    rows = [(name, f"{cpu[name]:.2f} %", f"{commands[name]:.1f}" if name in commands else "") for name in cpu]
    busiest = max(commands, key=lambda name: commands[name])
    return Result(
        "Idle",
        f"Redis, ingest, a worker, a gateway with one browser, subscribed; {seconds:g} s without a webhook.",
        ("", "of one core", "Redis commands/s"),
        tuple(rows),
        (
            Target("whole system", sum(cpu.values()), 2, " % of one core", at_least=False),
            Target(
                f"Redis commands a second, {busiest}",
                commands[busiest],
                10,
                at_least=False,
                reason="Its commands per second: "
                + ", ".join(f"{name} {times / seconds:.1f}" for name, times in sent[busiest].most_common(6)),
            ),
        ),
    )
