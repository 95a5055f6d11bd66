"""How fast buyers were answered: days, weeks and operators out of first answers (docs/coach.md). Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal

from shared.working_hours.hours import Hours
from shared.working_hours.open_time import OpenTime, day_of, open_time

TARGET_S = 300.0
"""An answer within so many working seconds is quick enough for Avito."""

By = Literal["day", "week"]
AnsweredWait = tuple[float, float, str | None]
"""When the wait began, when it was answered (Unix seconds), and by which operator; None: in Avito's app."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of some answers. `median_s` in working seconds; it and `share` are None without answers."""

    count: int
    quick: int
    median_s: float | None

    @property
    def share(self) -> float | None:
        """The part that was quick enough, 0 to 1."""
        return self.quick / self.count if self.count else None


@dataclass(frozen=True, slots=True)
class Period:
    """One day, or the days of one week within the asked range, `first` to `last`."""

    first: date
    last: date
    all: Figures
    operators: dict[str | None, Figures]


@dataclass(frozen=True, slots=True)
class Report:
    """Every period of the asked range, in order, the empty ones too; then all of them together."""

    periods: tuple[Period, ...]
    all: Figures
    operators: dict[str | None, Figures]


def report(answers: Sequence[AnsweredWait], hours: Hours, first: date, last: date, by: By) -> Report:
    """Report on the answers to waits that began on these days, where the shop is."""
    waits: dict[date, list[tuple[float, str | None]]] = defaultdict(list)
    kept: list[tuple[float, str | None]] = []
    clock = _clock(answers, hours)
    for begin, answered, operator in answers:
        day = day_of(begin, hours.zone)
        if first <= day <= last:
            wait = (clock.seconds(begin, answered), operator)
            waits[_begin_of_period(day, by)].append(wait)
            kept.append(wait)
    periods = tuple(_period(span, waits[_begin_of_period(span[0], by)]) for span in _spans(first, last, by))
    return Report(periods, _figures(wait for wait, _ in kept), _by_operator(kept))


def late_since(now: float, clock: OpenTime) -> float:
    """Return the moment before which a wait must have begun to be too long by now."""
    return clock.ago(now, TARGET_S)


def left_s(since: float, now: float, clock: OpenTime) -> float:
    """Return how many working seconds are left to answer in time a buyer who waits since `since`."""
    return TARGET_S - clock.seconds(since, max(since, now))


def _clock(answers: Sequence[AnsweredWait], hours: Hours) -> OpenTime:
    begin = min((answer[0] for answer in answers), default=0.0)
    end = max((answer[1] for answer in answers), default=0.0)
    return open_time(hours, begin, end)


def _period(span: tuple[date, date], waits: list[tuple[float, str | None]]) -> Period:
    return Period(*span, _figures(wait for wait, _ in waits), _by_operator(waits))


def _by_operator(waits: Iterable[tuple[float, str | None]]) -> dict[str | None, Figures]:
    """Return the figures by operator, in order of names, Avito's app last."""
    theirs: dict[str | None, list[float]] = defaultdict(list)
    for wait, operator in waits:
        theirs[operator].append(wait)
    return {name: _figures(theirs[name]) for name in sorted(theirs, key=lambda name: (name is None, name))}


def _figures(waits: Iterable[float]) -> Figures:
    all_ = list(waits)
    return Figures(len(all_), sum(wait <= TARGET_S for wait in all_), median(all_) if all_ else None)


def _begin_of_period(day: date, by: By) -> date:
    return day if by == "day" else day - timedelta(days=day.weekday())


def _spans(first: date, last: date, by: By) -> list[tuple[date, date]]:
    spans: list[tuple[date, date]] = []
    day = first
    while day <= last:
        end = day if by == "day" else min(last, day + timedelta(days=6 - day.weekday()))
        spans.append((day, end))
        day = end + timedelta(days=1)
    return spans
