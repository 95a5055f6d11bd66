"""Writes docs/performance.md from the results. Pure but for `machine`."""

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from bench.result import Result, Target

_HEAD = """# Performance

For developers: what each part of a message's path costs, beside what one would otherwise use.

`make bench` writes this page. It starts the real processes and, beside them, a simple baseline on one
machine and runs them in turn (`make bench ONLY=commit` prints one part alone; load is made by wrk). The
*floor* of ingest is a server that only answers 200.
Machines like this one change their speed by the minute, so trust ratios over rates, and CPU µs (from
`/proc`) over both. Figures are medians over the rounds, with the least and the most in brackets.
"""


def machine() -> str:
    """Describe the machine, the versions and the date of a run."""
    cpu = Path("/proc/cpuinfo").read_text("utf-8").partition("model name\t: ")[2].partition("\n")[0]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return (
        f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, commit `{commit.stdout.strip()}`; "
        f"{cpu.strip()}, {os.cpu_count()} cores, Python {platform.python_version()}. "
        f"Load average {os.getloadavg()[0]:.1f} before the run (what else was running here)"
    )


def page(results: Sequence[Result], about: str, remarks: str) -> str:
    """Return the page. `about`: of the run; `remarks`: a text that does not depend on it."""
    every = [one for result in results for one in result.targets]
    parts = [
        _HEAD,
        f"{about}\n",
        f"**{sum(one.met for one in every)} of {len(every)} targets are met.**\n",
        "![Latency](images/bench-latency.svg)\n",
        *map(section, results),
        remarks.strip(),
    ]
    return "\n".join(parts).rstrip() + "\n"


def section(result: Result) -> str:
    """Return a result as Markdown, which a terminal shows as well."""
    parts = [f"## {result.title}", result.about]
    if result.rows:
        parts.append(_table(result.columns, result.rows))
    if result.title == "Growth":
        parts.append("![Growth](images/bench-growth.svg)")
    parts.append("\n".join(f"- {_sentence(one)}{'' if one.met else ' **missed**'}" for one in result.targets))
    parts.append("\n".join(result.notes))
    return "\n\n".join(part for part in parts if part) + "\n"


def _sentence(target: Target) -> str:
    value, word = target.reached, "at least" if target.at_least else "at most"
    reached = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
    return f"{target.promise}: {reached}{target.unit} ({word} {target.bound:,g}{target.unit})"


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    lines = [columns, tuple("-" * width for width in widths), *rows]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
        for line in lines
    )
