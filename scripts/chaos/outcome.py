"""The outcome of an experiment, and the table of docs/reliability.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SHOWN_BY_SWEEP = "answered 200, but shown only by the sweep"
LOGOUTS = "logouts"
_FORGIVEN = (SHOWN_BY_SWEEP, LOGOUTS)
"""What may happen when Redis loses writes that it confirmed."""
_BEGIN, _END = "<!-- table: written by `make chaos` -->", "<!-- end of table -->"
_COUNTED = ("written", "answered", "by the sweep", "lost", "doubled", "re-reads", "recovered")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one fault: the figures of its row, and the broken promises as phrases."""

    words: str
    needs_sweep: bool
    figures: tuple[str, ...] = ("–",) * len(_COUNTED)
    broken: list[str] = field(default_factory=list)
    skipped: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """Its row of the table."""
        verdict = "; ".join(self.broken) or (f"skipped: {self.skipped}" if self.skipped else "pass")
        return (self.words + (" ✻" if self.needs_sweep else ""), *self.figures, verdict)


def broken_promises(counts: Mapping[str, int], *, needs_sweep: bool) -> list[str]:
    """Return a phrase for each count that is not 0, but for what a loss of confirmed writes explains."""
    forgiven = _FORGIVEN if needs_sweep else ()
    return [f"{count} {words}" for words, count in counts.items() if count and words not in forgiven]


def rows(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """Return the rows of the table, its head first."""
    return [("fault", *_COUNTED, "verdict"), *(one.cells for one in outcomes)]


def filled(document: str, text: str) -> str:
    """Replace the text between the marks of the document. Raises ValueError if they are missing."""
    before, begin, rest = document.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError("the document has no marks for the table")
    return f"{before}{begin}\n{text}\n{end}{after}"
