"""The outcome of one experiment, and whether the promises were kept. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts of messages unless stated otherwise.

    `answered`: webhooks answered 200, which we must show. `late`: those of them that were not on the screen
    before a sweep fetched them. `swept`: all that a sweep fetched. `lost`: at Avito but not with us, in the
    end. `doubled`: announced twice as new. `holes`, `repeats`: events that the screen missed or got again.
    `recovery_s`: from the end of the fault until the screen had everything that was answered before. `equal`:
    read model, screen and Avito's lists are the same in the end. `distrusted`: switches to polling because
    webhooks do not arrive, although none was lost. `notes`: other failures.
    """

    written: int
    answered: int
    late: int
    swept: int
    lost: int
    doubled: int
    dead: int
    holes: int
    repeats: int
    rereads: int
    logouts: int
    recovery_s: float
    equal: bool
    distrusted: int = 0
    notes: tuple[str, ...] = ()


def broken_promises(outcome: Outcome, *, needs_sweep: bool = False) -> list[str]:
    """Return the broken promises as phrases; empty: passed."""
    counts = {
        "lost": outcome.lost,
        "answered 200, but shown only by the sweep": 0 if needs_sweep else outcome.late,
        "announced twice as new": outcome.doubled,
        "dead letters": outcome.dead,
        "holes in the events of the screen": outcome.holes,
        "events that the screen got again": outcome.repeats,
        "logouts": 0 if needs_sweep else outcome.logouts,
        "switches to polling though no webhook was lost": outcome.distrusted,
    }
    broken = [f"{count} {words}" for words, count in counts.items() if count]
    broken += [] if outcome.equal else ["threads differ from Avito's"]
    return broken + list(outcome.notes)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the table. `outcome` None: not run; `skipped` says why."""

    words: str
    needs_sweep: bool = False
    outcome: Outcome | None = None
    skipped: str = ""

    @property
    def broken(self) -> list[str]:
        """The broken promises."""
        return broken_promises(self.outcome, needs_sweep=self.needs_sweep) if self.outcome else []

    @property
    def verdict(self) -> str:
        """Passed, skipped, or the broken promises."""
        return "; ".join(self.broken) or (f"skipped: {self.skipped}" if self.skipped else "pass")


_HEAD = (
    "fault",
    "written",
    "answered",
    "by the sweep",
    "lost",
    "doubled",
    "re-reads",
    "recovered",
    "verdict",
)


def table(lines: Sequence[TableRow]) -> str:
    """Return a Markdown table that is also readable as plain text."""
    rows = [_HEAD, *(_cells(line) for line in lines)]
    wide = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    ruled = [rows[0], tuple("-" * width for width in wide), *rows[1:]]
    return "\n".join("| " + " | ".join(map(str.ljust, row, wide)) + " |" for row in ruled)


def _cells(line: TableRow) -> tuple[str, ...]:
    mark = " ✻" if line.needs_sweep else ""
    if line.outcome is None:
        return (line.words + mark, *["–"] * (len(_HEAD) - 2), line.verdict)
    one = line.outcome
    counts = (one.written, one.answered, one.swept, one.lost, one.doubled, one.rereads)
    return (line.words + mark, *map(str, counts), f"{one.recovery_s:.1f} s", line.verdict)
