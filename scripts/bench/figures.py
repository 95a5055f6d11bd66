"""Medians, quantiles and spread. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """The median and the extremes of several runs."""

    median: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """Return median and extremes of at least one value."""
    return Spread(median(values), min(values), max(values))


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value below which `part` (0 to 1) of the values lie, by nearest rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]


def ratio(ours: float, theirs: float) -> float:
    """Return ours / theirs, infinity if theirs is 0."""
    return ours / theirs if theirs else float("inf")
