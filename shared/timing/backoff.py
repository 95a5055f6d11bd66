"""How long to wait after failures in a row. Pure."""

from dataclasses import dataclass

_MOST_DOUBLINGS = 60


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses that double from `first` to `most` seconds."""

    first: float
    most: float

    def pause(self, failures: int, chance: float = 1.0) -> float:
        """Return the seconds to wait after `failures` in a row (1, 2, …), never less than `first`.

        `chance`: a random number in [0, 1] that spreads pauses over the upper half of their step, so that
        not all who failed together try together; 1 is the whole step.
        """
        step = self.first * 2.0 ** min(max(failures - 1, 0), _MOST_DOUBLINGS)
        return max(self.first, jittered(min(step, self.most), chance))


def jittered(seconds: float, chance: float) -> float:
    """Return between half of `seconds` and all of it, by `chance` in [0, 1]."""
    return seconds * (0.5 + 0.5 * chance)
