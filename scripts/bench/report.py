"""Writes docs/performance.md from the results. Pure."""

from collections.abc import Sequence

from bench.machine import Machine
from bench.result import Result, Target

_HEAD = """# Performance

For developers: what each part of a message's path costs, beside the least it could cost and what one would
otherwise use.

`make bench` writes this page. It starts the real processes, their floors and their peers beside each other
on one machine and runs them in turn (`make bench ONLY=commit` prints one part alone). A *floor* is the least
that any program on this stack could do; a *peer* is what one would otherwise use. Machines like this one
change their speed by the minute, so trust ratios over rates, and CPU µs (from `/proc`) over both. Figures are
medians over the rounds, with the least and the most in brackets.
"""


def write(
    results: Sequence[Result], machine: Machine, load_after: float, seconds: float, remarks: str
) -> str:
    """Return the page. `remarks`: a text that does not depend on the run, added at the end."""
    parts = [_HEAD, _about(machine, load_after, seconds), _summary(results), _stages(results)]
    parts += [_section(result) for result in results]
    parts.append(_why(results, machine))
    parts += [remarks.strip()] if remarks.strip() else []
    return "\n".join(parts).rstrip() + "\n"


def lines(result: Result) -> list[str]:
    """Return a result as lines for a terminal."""
    if not result.rows:
        return [f"\n== {result.title}", result.about]
    table = [result.columns, *result.rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(result.columns))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    return [
        f"\n== {result.title}",
        *(line.rstrip() for line in shown),
        *map(_line, result.targets),
        *result.notes,
    ]


def missed(results: Sequence[Result]) -> list[str]:
    """Return the targets that were missed."""
    return [
        f"{result.title}: {_sentence(one)}" for result in results for one in result.targets if not one.met
    ]


def _about(machine: Machine, load_after: float, seconds: float) -> str:
    return (
        f"{machine.date}, commit `{machine.commit}`; {machine.processor}, {machine.cores} cores, "
        f"{machine.memory_gib:.0f} GiB, {machine.system}, Python {machine.python}, "
        f"Redis {machine.redis or '-'}. Load average {machine.load:.1f} before the run (what else was "
        f"running here), {load_after:.1f} at its end; the run took {seconds / 60:.0f} minutes.\n"
    )


def _summary(results: Sequence[Result]) -> str:
    targets = [one for result in results for one in result.targets]
    met = sum(one.met for one in targets)
    pictures = "![Targets](images/bench-targets.svg)\n\n![Latency](images/bench-latency.svg)\n"
    return f"**{met} of {len(targets)} targets are met.**\n\n{pictures}"


def _stages(results: Sequence[Result]) -> str:
    rows = [(name, us) for result in results for name, us in result.stages.items()]
    if not rows:
        return ""
    table = "\n".join(f"| {name} | {us:.0f} |" for name, us in rows)
    return (
        "## The CPU time of one webhook by process\n\nCPU time of whole processes, with system calls and "
        "wake-ups. Rows without a rate are under full load; at 1,000 a second there are more wake-ups and "
        f"smaller batches.\n\n| process | CPU µs |\n|---|---:|\n{table}\n"
    )


def _why(results: Sequence[Result], machine: Machine) -> str:
    """Return the reasons for what this run missed."""
    left = [
        f"- **{result.title}: {one.promise}.** {one.reason or 'Nothing but the load average explains it.'}"
        for result in results
        for one in result.targets
        if not one.met
    ]
    if left and machine.load > machine.cores / 2:
        left.append(
            f"- Other programs used a part of the {machine.cores} cores (load average {machine.load:.1f} "
            "before the run). Rates, p99 and stalls then depend on the scheduler as much as on the system; "
            "p50 and CPU µs vary least."
        )
    return "\n".join(["## Why targets are missed\n", *(left or ["None was missed in this run."]), ""])


def _section(result: Result) -> str:
    head = f"| {' | '.join(result.columns)} |\n|{'---|' * len(result.columns)}"
    table = "\n".join(f"| {' | '.join(row)} |" for row in result.rows)
    targets = "\n".join(f"- {_sentence(one)}{'' if one.met else ' **missed**'}" for one in result.targets)
    picture = "\n![Growth](images/bench-growth.svg)\n" if result.title == "Growth" else ""
    notes = "\n".join(result.notes)
    body = f"{head}\n{table}\n{picture}\n{targets}" if result.rows else ""
    return f"## {result.title}\n\n{result.about}\n\n{body}\n\n{notes}".rstrip() + "\n"


def _line(target: Target) -> str:
    return f"  {'ok  ' if target.met else 'MISS'} {_sentence(target)}"


def _sentence(target: Target) -> str:
    word = "at least" if target.at_least else "at most"
    bound = f"({word} {target.bound:,g}{target.unit})"
    return f"{target.promise}: {_number(target.reached)}{target.unit} {bound}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
