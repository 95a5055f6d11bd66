"""One experiment: traffic, a fault, the recovery, and the comparison with Avito's lists."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any

import httpx2
from redis.exceptions import RedisError

from chaos.outcome import LOGOUTS, SHOWN_BY_SWEEP, Outcome, broken_promises
from chaos.screen import Seen
from chaos.stage import USUAL_SETUP, Held, Setup, Stage
from chaos.traffic import buyers_writing, came_late, webhooks
from testbed.waiting import until

_WARM_UP_S = 1.5
_RECOVERED_WITHIN_S = 90.0
_EQUAL_WITHIN_S = 60.0
_JUDGED_WITHIN_S = 15.0
_LOOK_EVERY_S = 0.1
_NO_ANSWER = (RedisError, OSError, httpx2.HTTPError)

Fault = Callable[[Stage], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Experiment:
    """One fault to try. `lasts_s`: how long it lasts.

    `needs_sweep`: writes that Redis confirmed are lost, so a sweep must fetch messages. No webhook is lost
    then, and the mode must not change, unless a busy machine posted webhooks late.
    """

    name: str
    words: str
    fault: Fault
    lasts_s: float = 0.0
    needs_sweep: bool = False
    setup: Setup = USUAL_SETUP
    rate: int = 100


async def run_experiment(stage: Stage, experiment: Experiment) -> Outcome:
    """Break the system as the experiment says, repair it, and count.

    It has recovered once the screen shows everything that was answered 200 before the end of the fault, or,
    where a sweep is needed, once read model, screen and Avito's lists are equal.
    """
    screen, needs_sweep = stage.screen, experiment.needs_sweep
    screen.seen = Seen()
    stage.notes.clear()
    missed = (await _held(stage)).missed
    await stage.block_sweeps()
    began = time.time()
    async with buyers_writing(stage.avito, stage.system.chats, experiment.rate):
        await asyncio.sleep(_WARM_UP_S)
        async with experiment.fault(stage):
            await asyncio.sleep(experiment.lasts_s)
        repaired = time.monotonic()
        if not needs_sweep:
            before = _answered(await webhooks(stage.avito, began))
            await _within(_RECOVERED_WITHIN_S, lambda: before <= screen.ids())
            recovery_s = time.monotonic() - repaired
    written = await webhooks(stage.avito, began)
    settled = stage.is_drained if needs_sweep else (lambda: _answered(written) <= screen.ids())
    await _within(_RECOVERED_WITHIN_S, settled)
    brought = (await _held(stage)).messages
    if not needs_sweep:
        brought &= screen.ids()
    await stage.avito.calm()
    equal = await _within(_EQUAL_WITHIN_S, stage.is_equal)
    if needs_sweep:
        recovery_s = time.monotonic() - repaired
        await _within(_JUDGED_WITHIN_S, stage.is_judged)
        # On a busy machine Sentinels may have elected another master meanwhile, which a sweep fills again.
        equal = await _within(_EQUAL_WITHIN_S, stage.is_equal)
    if not equal:
        stage.notes.append("threads differ from Avito's")
    held = await _held(stage)
    judges_mode = needs_sweep and not await came_late(stage.avito, began)
    switches = max(0, held.missed - missed) if judges_mode else 0
    return _judge(
        experiment, stage, held, written=written, brought=brought, switches=switches, recovery_s=recovery_s
    )


def _judge(
    experiment: Experiment,
    stage: Stage,
    held: Held,
    *,
    written: dict[str, bool],
    brought: set[str],
    switches: int,
    recovery_s: float,
) -> Outcome:
    seen, needs_sweep, answered = stage.screen.seen, experiment.needs_sweep, _answered(written)
    lost, doubled = len(written.keys() - held.messages), max(held.rung_twice, seen.rung_twice)
    counts = {
        "lost": lost,
        SHOWN_BY_SWEEP: len(answered - brought),
        "announced twice as new": doubled,
        "dead letters": held.dead,
        "holes in the events of the screen": seen.holes,
        "events that the screen got again": seen.repeats,
        LOGOUTS: seen.logouts,
        "switches to polling though no webhook was lost": switches,
    }
    broken = broken_promises(counts, needs_sweep=needs_sweep) + stage.notes
    swept = len(written.keys() - brought)
    figures = map(str, (len(written), len(answered), swept, lost, doubled, seen.rereads))
    return Outcome(experiment.words, needs_sweep, (*figures, f"{recovery_s:.1f} s"), broken)


def _answered(written: dict[str, bool]) -> set[str]:
    """Return the messages whose webhook was answered 200, so that we must show them."""
    return {message for message, was_answered in written.items() if was_answered}


async def _held(stage: Stage) -> Held:
    """Return what we hold; on a busy machine Sentinels may just be electing a master."""
    held: Held | None = await _within(_RECOVERED_WITHIN_S, stage.held)
    return held or await stage.held()


async def _within(seconds: float, look: Callable[[], Any]) -> Any:
    """Return what `look` returns once it is true, None if it is not in time; no answer is not true."""
    with suppress(AssertionError):
        return await until(look, within=seconds, every=_LOOK_EVERY_S, forgiven=_NO_ANSWER)
    return None
