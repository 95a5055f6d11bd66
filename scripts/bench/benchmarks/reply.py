"""A reply: from the 202 at the gateway to the call at Avito."""

import asyncio
import time
from statistics import median

from bench.result import Result, at_most, cell, p50_p99
from bench.stage import PANEL, Stage, running_stage
from testbed import until

CHATS = 10
_GAP_S = 0.1


async def measure(*, quick: bool) -> Result:
    """Send replies, ten a second."""
    rounds, count = (1, 20) if quick else (2, 30)
    async with running_stage(chats=CHATS) as stage:
        headers = {"Cookie": await stage.log_in(), "Origin": stage.system.url("gateway")}
        await _send(stage, headers, "warm", CHATS)
        runs = [p50_p99(await _send(stage, headers, str(number), count)) for number in range(rounds)]
    p50, p99 = zip(*runs, strict=True)
    return Result(
        "A reply",
        f"202 at the gateway → the call arrives at Avito (the simulator), {count} replies, 10 a second.",
        ("", "p50 ms", "p99 ms"),
        (("Avito Live", cell(p50), cell(p99)),),
        (at_most("p50", median(p50), 10, " ms"),),
    )


async def _send(stage: Stage, headers: dict[str, str], run: str, count: int) -> list[float]:
    """Post replies one by one and return the milliseconds until each arrived at Avito."""
    began, accepted = time.time(), []
    for number in range(count):
        text = f"{run}-{number}"
        url = f"{headers['Origin']}{PANEL}api/chats/{stage.chats[number % CHATS]}/messages"
        answer = await stage.system.http.post(url, json={"text": text, "ref": text}, headers=headers)
        answer.raise_for_status()
        accepted.append(time.time())
        await asyncio.sleep(_GAP_S)

    async def called() -> list[float]:
        calls = await stage.system.avito.calls(began)
        sent = sorted(call["at"] for call in calls if call["operation"] == "send")
        return sent if len(sent) >= count else []

    arrived = await until(called, every=0.2)
    return [max(0.0, at - since) * 1000 for at, since in zip(arrived, accepted, strict=True)]
