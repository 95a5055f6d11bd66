"""Writes docs/performance.md from the results. Pure."""

from collections.abc import Sequence

from bench.result import Result, Target
from testbed.document import table

_HEAD = """# Performance

For developers: what each part of a message's path costs, beside what one would otherwise use.

`make bench` writes this page. It starts the real processes and, beside them, a simple baseline on one
machine and runs them in turn (`make bench ONLY=commit` prints one part alone; load is made by wrk). The
*floor* of ingest is a server that only answers 200.
Machines like this one change their speed by the minute, so trust ratios over rates, and CPU µs (from
`/proc`) over both. Figures are medians over the rounds, with the least and the most in brackets.
"""


def page(results: Sequence[Result], about: str, remarks: str) -> str:
    """Return the page. `about`: of the run; `remarks`: a text that does not depend on it."""
    every = [one for result in results for one in result.targets]
    parts = [
        _HEAD,
        f"{about}\n",
        f"**{sum(one.met for one in every)} of {len(every)} targets are met.**\n",
        *map(section, results),
        remarks.strip(),
    ]
    return "\n".join(parts).rstrip() + "\n"


def section(result: Result) -> str:
    """Return a result as Markdown, which a terminal shows as well."""
    parts = [f"## {result.title}", result.about]
    if result.rows:
        parts.append(table([result.columns, *result.rows]))
    parts.append("\n".join(f"- {_sentence(one)}{'' if one.met else ' **missed**'}" for one in result.targets))
    parts.append("\n".join(result.notes))
    return "\n\n".join(part for part in parts if part) + "\n"


def _sentence(target: Target) -> str:
    value, word = target.reached, "at least" if target.at_least else "at most"
    reached = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
    return f"{target.promise}: {reached}{target.unit} ({word} {target.bound:,g}{target.unit})"
