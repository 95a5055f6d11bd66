"""One experiment: traffic, a fault, the recovery, and the comparison with Avito's lists."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from typing import TypeVar

import httpx
from redis.exceptions import RedisError

from chaos.outcome import Outcome
from chaos.screen import Seen
from chaos.stage import USUAL_SETUP, Setup, Stage
from chaos.webhook_load import WebhookLoad, writing
from shared.redis import keys
from testbed.system import ACCOUNT

RATE = 100
_WARM_UP_S = 1.5
_RECOVERED_WITHIN_S = 90.0
_EQUAL_WITHIN_S = 60.0
_JUDGED_WITHIN_S = 15.0
_LOOK_EVERY_S = 0.1

_NO_ANSWER = (RedisError, OSError, httpx.HTTPError)

T = TypeVar("T")
Fault = Callable[[Stage], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Experiment:
    """One fault to try. `lasts_s`: how long it lasts.

    `needs_sweep`: writes that Redis confirmed are lost, so a sweep must fetch messages. No webhook is lost
    then, and the mode must not change.
    """

    name: str
    words: str
    fault: Fault
    lasts_s: float = 0.0
    needs_sweep: bool = False
    setup: Setup = USUAL_SETUP
    rate: int = RATE


async def run_experiment(stage: Stage, experiment: Experiment) -> Outcome:
    """Break the system as the experiment says, repair it, and count."""
    stage.screen.seen = Seen()
    stage.notes.clear()
    distrusted = await _answered(stage.distrusted)
    await stage.block_sweeps()
    async with writing(stage.avito, stage.chats, experiment.rate) as load:
        await asyncio.sleep(_WARM_UP_S)
        async with experiment.fault(stage):
            await asyncio.sleep(experiment.lasts_s)
        repaired = time.monotonic()
        if not experiment.needs_sweep:
            before = await load.answered()
            await _within(_RECOVERED_WITHIN_S, lambda: _shows(stage, before))
            recovery_s = time.monotonic() - repaired
    await load.delivered()
    answered, held = await _settle(stage, experiment, load)
    await stage.allow_sweeps()
    equal = await _within(_EQUAL_WITHIN_S, lambda: _is_equal(stage))
    if experiment.needs_sweep:
        recovery_s = time.monotonic() - repaired
        await _within(_JUDGED_WITHIN_S, lambda: _is_judged(stage))
        # On a busy machine Sentinels may have elected another master meanwhile, which a sweep fills again.
        equal = await _within(_EQUAL_WITHIN_S, lambda: _is_equal(stage))
        distrusted = await _answered(stage.distrusted) - distrusted
    outcome = await _count(stage, set(await load.statuses()), answered, held, recovery_s, equal=equal)
    return replace(outcome, distrusted=max(0, distrusted)) if experiment.needs_sweep else outcome


async def _settle(stage: Stage, experiment: Experiment, load: WebhookLoad) -> tuple[set[str], set[str]]:
    """Wait for what webhooks alone deliver; return the ids that were answered and those that we hold."""
    answered = await load.answered()
    if experiment.needs_sweep:
        await _within(_RECOVERED_WITHIN_S, lambda: _is_drained(stage))
        return answered, await _answered(stage.held)
    await _within(_RECOVERED_WITHIN_S, lambda: _shows(stage, answered))
    return answered, await _answered(stage.held) & stage.screen.ids()


async def _count(
    stage: Stage, mine: set[str], answered: set[str], held: set[str], recovery_s: float, *, equal: bool
) -> Outcome:
    seen = stage.screen.seen
    return Outcome(
        written=len(mine),
        answered=len(answered),
        late=len(answered - held),
        swept=len(mine - held),
        lost=len(mine - await _answered(stage.held)),
        doubled=max(await _answered(stage.rung_twice), seen.rung_twice),
        dead=await _answered(stage.dead),
        holes=seen.holes,
        repeats=seen.repeats,
        rereads=seen.rereads,
        logouts=seen.logouts,
        recovery_s=recovery_s,
        equal=equal,
        notes=tuple(stage.notes),
    )


async def _within(seconds: float, condition: Callable[[], Awaitable[bool]]) -> bool:
    """Tell whether a condition became true in time; while Redis does not answer it is false."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(*_NO_ANSWER):
            if await condition():
                return True
        await asyncio.sleep(_LOOK_EVERY_S)
    return False


async def _answered(call: Callable[[], Awaitable[T]]) -> T:
    """Return what a call returns; on a busy machine Sentinels may just be electing a master."""
    deadline = time.monotonic() + _RECOVERED_WITHIN_S
    while time.monotonic() < deadline:
        with suppress(*_NO_ANSWER):
            return await call()
        await asyncio.sleep(_LOOK_EVERY_S)
    return await call()


async def _shows(stage: Stage, due: set[str]) -> bool:
    return due <= stage.screen.ids()


async def _is_equal(stage: Stage) -> bool:
    return not await stage.differences()


async def _is_judged(stage: Stage) -> bool:
    """Tell whether the time has passed in which a webhook may confirm what a sweep found."""
    async with stage.redis as redis:
        return int(await redis.zcard(keys.found_by_sweep(ACCOUNT))) == 0


async def _is_drained(stage: Stage) -> bool:
    async with stage.redis as redis:
        waiting = int(await redis.xlen(keys.INBOX))
    return waiting == 0 and await stage.spooled() == 0
