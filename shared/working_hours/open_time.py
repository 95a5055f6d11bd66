"""Measures time in working hours: how much of a wait they cover, and which closed period it is. Pure."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from shared.working_hours.hours import Hours

_AROUND_S = 15 * 86_400.0
"""Two weeks and a day: the longest time without an opening, even if a clock change removes one."""

Interval = tuple[float, float]
"""Begin and end, in Unix seconds."""


@dataclass(frozen=True, slots=True)
class OpenTime:
    """The openings of a span of time and two weeks around it: disjoint, in order."""

    openings: tuple[Interval, ...]
    before: tuple[float, ...]

    def seconds(self, begin: float, end: float) -> float:
        """Return the working seconds between two moments."""
        return self._until(end) - self._until(begin)

    def ago(self, moment: float, seconds: float) -> float:
        """Return the last moment that is so many working seconds before another one, as far as known."""
        for begin, end in reversed(self.openings):
            within = max(0.0, min(moment, end) - begin)
            if within >= seconds:
                return begin + within - seconds
            seconds -= within
        return self.openings[0][0] if self.openings else moment

    def closed_at(self, moment: float) -> Interval | None:
        """Return the whole closed period around a moment; None while open."""
        after = bisect_right(self.openings, moment, key=lambda opening: opening[0])
        if after and moment < self.openings[after - 1][1]:
            return None
        begin = self.openings[after - 1][1] if after else moment
        return (begin, self.openings[after][0] if after < len(self.openings) else moment)

    def _until(self, moment: float) -> float:
        after = bisect_right(self.openings, moment, key=lambda opening: opening[0])
        if not after:
            return 0.0
        begin, end = self.openings[after - 1]
        return self.before[after - 1] + min(moment, end) - begin


def open_time(hours: Hours, begin: float, end: float) -> OpenTime:
    """Return the open time of a span; it covers moments up to two weeks before and after it."""
    openings = tuple(_merged(_each(hours, begin - _AROUND_S, end + _AROUND_S)))
    lengths = (stop - start for start, stop in openings)
    return OpenTime(openings, tuple(accumulate(lengths, initial=0.0)))


def day_of(moment: float, zone: str) -> date:
    """Return the local day of a moment."""
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).date()


def begin_of(day: date, zone: str) -> float:
    """Return when a day begins, by local time."""
    return datetime.combine(day, time(), ZoneInfo(zone)).timestamp()


def _each(hours: Hours, begin: float, end: float) -> Iterator[Interval]:
    zone = ZoneInfo(hours.zone)
    day, last = day_of(begin, hours.zone), day_of(end, hours.zone)
    while day <= last:
        opening = hours.days[day.weekday()]
        if opening:
            midnight = datetime.combine(day, time())
            start, stop = (
                (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone).timestamp()
                for minutes in opening
            )
            if start < stop:  # a clock that is put forward may remove a short one
                yield start, stop
        day += timedelta(days=1)


def _merged(openings: Iterator[Interval]) -> Iterator[Interval]:
    """Join what touches or overlaps: open past midnight, or all night."""
    held: Interval | None = None
    for begin, end in openings:
        if held and begin <= held[1]:
            held = (held[0], max(held[1], end))
        else:
            if held:
                yield held
            held = (begin, end)
    if held:
        yield held
