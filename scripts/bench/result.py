"""What measuring a result says: a table, how its targets were reached, series for the plots. Values only."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """A promise in words with the figure reached; `unit` follows both ("×", " ms").

    `reason`: what was found out about missing it, told where it is missed.
    """

    promise: str
    reached: float
    bound: float
    unit: str = ""
    at_least: bool = True
    reason: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure is on the right side of its bound."""
        return self.reached >= self.bound if self.at_least else self.reached <= self.bound

    @property
    def share(self) -> float:
        """How far beyond the bound, 1.0 being exactly there; more is better."""
        near, far = (self.reached, self.bound) if self.at_least else (self.bound, self.reached)
        return near / far if far else float("inf")


@dataclass(frozen=True, slots=True)
class Result:
    """One part of a message's way, measured. Cells are text; `series` are named (x, y) points for a plot."""

    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    targets: tuple[Target, ...] = ()
    notes: tuple[str, ...] = ()
    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
