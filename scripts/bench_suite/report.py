"""What was measured, as docs/performance.md. Pure."""

from collections.abc import Sequence

from bench_suite.machine import Machine
from bench_suite.result import Hop, Target

_HEAD = """# Performance

Written by `make bench`, which starts the real processes, their floors and their peers beside each other on
one machine and runs them in turn. A *floor* is the least any program on this stack could do; a *peer* is what
one would otherwise use. Machines like this one change their speed by the minute, so trust ratios over rates,
and CPU µs (from `/proc`) over both. Figures are medians over the rounds, least and most in brackets.
"""


def write(hops: Sequence[Hop], machine: Machine, load_after: float, seconds: float, remarks: str) -> str:
    """Return the page. `remarks` is what people found out about targets that are missed."""
    parts = [_HEAD, _about(machine, load_after, seconds), _summary(hops), _stages(hops)]
    parts += [_hop(hop) for hop in hops]
    parts += [remarks.strip()] if remarks.strip() else []
    return "\n".join(parts).rstrip() + "\n"


def lines(hop: Hop) -> list[str]:
    """Return a hop as lines for a terminal."""
    table = [hop.columns, *hop.rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(hop.columns))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    return [f"\n== {hop.title}", *(line.rstrip() for line in shown), *map(_line, hop.targets), *hop.notes]


def missed(hops: Sequence[Hop]) -> list[str]:
    """Return the targets that were not reached."""
    return [f"{hop.title}: {_sentence(one)}" for hop in hops for one in hop.targets if not one.met]


def _about(machine: Machine, load_after: float, seconds: float) -> str:
    return (
        f"{machine.date}, commit `{machine.commit}`; {machine.processor}, {machine.cores} cores, "
        f"{machine.memory_gib:.0f} GiB, {machine.system}, Python {machine.python}, "
        f"Redis {machine.redis or '-'}. Load average {machine.load:.1f} before the run (what else was "
        f"running here), {load_after:.1f} at its end; the run took {seconds / 60:.0f} minutes.\n"
    )


def _summary(hops: Sequence[Hop]) -> str:
    targets = [one for hop in hops for one in hop.targets]
    met = sum(one.met for one in targets)
    pictures = "![Targets](images/bench-targets.svg)\n\n![Latency](images/bench-latency.svg)\n"
    return f"**{met} of {len(targets)} targets are met.**\n\n{pictures}"


def _stages(hops: Sequence[Hop]) -> str:
    rows = [(name, us) for hop in hops for name, us in hop.stages.items()]
    if not rows:
        return ""
    table = "\n".join(f"| {name} | {us:.0f} |" for name, us in rows)
    return (
        "## One webhook's way in CPU time\n\nUnder load the first three hold; at 1,000 a second there is "
        f"more waking up and less to share in a batch.\n\n| stage | CPU µs |\n|---|---:|\n{table}\n"
    )


def _hop(hop: Hop) -> str:
    head = f"| {' | '.join(hop.columns)} |\n|{'---|' * len(hop.columns)}"
    table = "\n".join(f"| {' | '.join(row)} |" for row in hop.rows)
    targets = "\n".join(f"- {_sentence(one)}{'' if one.met else ' **missed**'}" for one in hop.targets)
    picture = "\n![Growth](images/bench-growth.svg)\n" if hop.title == "Growth" else ""
    notes = "\n".join(hop.notes)
    return (
        f"## {hop.title}\n\n{hop.about}\n\n{head}\n{table}\n{picture}\n{targets}\n\n{notes}".rstrip() + "\n"
    )


def _line(target: Target) -> str:
    return f"  {'ok  ' if target.met else 'MISS'} {_sentence(target)}"


def _sentence(target: Target) -> str:
    word = "at least" if target.at_least else "at most"
    bound = f"({word} {target.bound:,g}{target.unit})"
    return f"{target.promise}: {_number(target.reached)}{target.unit} {bound}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
