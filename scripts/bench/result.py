"""The result of a benchmark: a table and its targets. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Target:
    """A promise with the figure that was reached; `unit` follows both figures ("×", " ms")."""

    promise: str
    reached: float
    bound: float
    unit: str = ""
    at_least: bool = True

    @property
    def met(self) -> bool:
        """Whether the figure is on the right side of its bound."""
        return self.reached >= self.bound if self.at_least else self.reached <= self.bound


at_least, at_most = Target, partial(Target, at_least=False)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one benchmark. Cells are text."""

    title: str
    about: str
    columns: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()
    targets: Sequence[Target] = ()
    notes: tuple[str, ...] = ()


def cell(values: Sequence[float], digits: int = 1) -> str:
    """Return the median of several runs, with the least and the most in brackets."""
    middle, least, most = (f"{one:,.{digits}f}" for one in (median(values), min(values), max(values)))
    return f"{middle} ({least}–{most})"


def p50_p99(values: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile, infinity if nothing arrived."""
    cuts = (
        quantiles(values, n=100, method="inclusive") if len(values) > 1 else [*values, float("inf")][:1] * 99
    )
    return cuts[49], cuts[98]


def paired(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median ratio of runs in the same round, when the machine was the same."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))
