"""CPU time in seconds of a calm machine, so that a bound holds on a slow and on a busy one.

A second of CPU does less on a machine that is slow, or whose cores, caches and memory are shared with others.
So a fixed piece of work is measured in the same run, before and after what is bounded; the slower of the two
tells what that second was worth.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf

import orjson

CALM_PIECE_S = 0.001
"""CPU that the piece of work takes on the machine for which bounds are written, while nothing else runs."""
TRIES = 5
PIECES = 20
_ROWS = orjson.dumps([{"id": f"m{number}", "values": [number, None, {}]} for number in range(200)])


def slowness() -> float:
    """Return how many times as long as on the calm machine work takes just now."""
    began = time.thread_time()
    do_piece()
    return (time.thread_time() - began) / CALM_PIECE_S


def lateness() -> float:
    """Return how many times as long work takes by the clock, beside all else that runs; at least 1."""
    began = time.monotonic()
    for _ in range(PIECES):  # longer than the turn that a process has
        do_piece()
    return max(1.0, (time.monotonic() - began) / (PIECES * CALM_PIECE_S))


def do_piece() -> int:
    """Do the work that all is measured by: parse, allocate and loop, as services do that read bodies."""
    found = 0
    for _ in range(5):
        names: dict[str, int] = {}
        for row in orjson.loads(_ROWS):
            names[row["id"].lower()] = len(row["values"])
            found += sum(1 for value in row["values"] if value is not None)
        found += len(sorted(names))
    return found


@dataclass(slots=True)
class Cost:
    """What a block costs. `cpu_s`: seconds of this machine; `slowness`: the worst that was seen beside it."""

    cpu_s: float = 0.0
    slowness: float = 1.0

    @property
    def calm_s(self) -> float:
        """The CPU seconds that it would take on the calm machine."""
        return self.cpu_s / self.slowness


@contextmanager
def cost_of(clock: Callable[[], float] | None = None) -> Iterator[Cost]:
    """Measure the CPU of a block; `clock` gives the CPU seconds of another thread or process."""
    now = clock or time.thread_time
    cost, before = Cost(), slowness()
    began = now()
    yield cost
    cost.cpu_s = now() - began
    cost.slowness = max(before, slowness())


def least_cost_s(work: Callable[[], object], most_s: float = 0.0) -> float:
    """Return the calm seconds that work takes, the least of a few tries, fewer once it is at most `most_s`.

    A machine that is busy for a moment disturbs one try; work that is dear is so in each.
    """
    least = inf
    for _ in range(TRIES):
        with cost_of() as cost:
            work()
        least = min(least, cost.calm_s)
        if least <= most_s:
            break
    return least
