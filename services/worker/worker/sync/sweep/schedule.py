"""When the next sweep begins. Pure."""

from dataclasses import dataclass

from worker.sync.intervals import SyncIntervals
from worker.sync.subscription.mode import Mode

EARLY_GAP_S = 5.0
"""Sweeps asked for by hints begin within this time, and not more often than that."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Why a sweep may be due. `began`: the last one (Unix s, 0.0 never); `failures` in a row.

    `at_once`: after a start, a switch, a new epoch, Avito's return; `asked_at`: hints asked for one.
    """

    began: float = 0.0
    failures: int = 0
    at_once: bool = False
    asked_at: float | None = None


def due_at(wishes: Wishes, mode: Mode, now: float, pace: SyncIntervals) -> float:
    """Return when the next sweep begins (Unix s; past: now). A clock that was set back stops nothing."""
    if wishes.began > now:
        return now
    usual = pace.poll_s if mode == "polling" else pace.sweep_s
    due = [wishes.began + usual]
    if wishes.at_once:
        due.append(wishes.began + pace.at_once_s)
    if wishes.failures:
        due.append(wishes.began + pace.again_after_s(wishes.failures))
    if wishes.asked_at is not None:
        due.append(max(wishes.began + EARLY_GAP_S, wishes.asked_at))
    return min(due)
