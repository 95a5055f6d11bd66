"""The result of a benchmark: a table, its targets, series for the plots. Values only."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """A promise with the figure that was reached; `unit` follows both figures ("×", " ms").

    `reason`: an explanation that is shown if the target is missed.
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
        """The figure relative to the bound: 1.0 is exactly reached, more is better."""
        near, far = (self.reached, self.bound) if self.at_least else (self.bound, self.reached)
        return near / far if far else float("inf")


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one benchmark. Cells are text. `series`: named (x, y) points for a plot."""

    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    targets: tuple[Target, ...] = ()
    notes: tuple[str, ...] = ()
    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
