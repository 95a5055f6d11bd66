"""What was measured, as docs/performance.md. Pure."""

from collections.abc import Sequence

from bench.machine import Machine
from bench.result import Hop, Target

_HEAD = """# Performance

For developers: what each part of a message's path costs, beside the least it could cost and what one would
otherwise use.

`make bench` writes this page. It starts the real processes, their floors and their peers beside each other
on one machine and runs them in turn (`make bench ONLY=commit` prints one part alone). A *floor* is the least
that any program on this stack could do; a *peer* is what one would otherwise use. Machines like this one
change their speed by the minute, so trust ratios over rates, and CPU µs (from `/proc`) over both. Figures are
medians over the rounds, with the least and the most in brackets.
"""


def write(hops: Sequence[Hop], machine: Machine, load_after: float, seconds: float, remarks: str) -> str:
    """Return the page. `remarks`: what stays true whatever a run says, added at its end."""
    parts = [_HEAD, _about(machine, load_after, seconds), _summary(hops), _stages(hops)]
    parts += [_hop(hop) for hop in hops]
    parts.append(_why(hops, machine))
    parts += [remarks.strip()] if remarks.strip() else []
    return "\n".join(parts).rstrip() + "\n"


def lines(hop: Hop) -> list[str]:
    """Return a hop as lines for a terminal."""
    if not hop.rows:
        return [f"\n== {hop.title}", hop.about]
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
        "## One webhook's way by process\n\nCPU time of whole processes, system calls and waking up "
        "included. Under load the rows without a pace hold; at 1,000 a second there is more waking up and "
        f"less to share in a batch.\n\n| process | CPU µs |\n|---|---:|\n{table}\n"
    )


def _why(hops: Sequence[Hop], machine: Machine) -> str:
    """Return the reasons for what this run missed."""
    left = [
        f"- **{hop.title}: {one.promise}.** {one.reason or 'Nothing was found out beside the load average.'}"
        for hop in hops
        for one in hop.targets
        if not one.met
    ]
    if left and machine.load > machine.cores / 2:
        left.append(
            f"- Other programs had a share of the {machine.cores} cores (load average {machine.load:.1f} "
            "before the run). Rates, p99 and silences then measure the scheduler as much as ours; p50 and "
            "CPU µs move least."
        )
    return "\n".join(["## Why targets are missed\n", *(left or ["None was missed in this run."]), ""])


def _hop(hop: Hop) -> str:
    head = f"| {' | '.join(hop.columns)} |\n|{'---|' * len(hop.columns)}"
    table = "\n".join(f"| {' | '.join(row)} |" for row in hop.rows)
    targets = "\n".join(f"- {_sentence(one)}{'' if one.met else ' **missed**'}" for one in hop.targets)
    picture = "\n![Growth](images/bench-growth.svg)\n" if hop.title == "Growth" else ""
    notes = "\n".join(hop.notes)
    body = f"{head}\n{table}\n{picture}\n{targets}" if hop.rows else ""
    return f"## {hop.title}\n\n{hop.about}\n\n{body}\n\n{notes}".rstrip() + "\n"


def _line(target: Target) -> str:
    return f"  {'ok  ' if target.met else 'MISS'} {_sentence(target)}"


def _sentence(target: Target) -> str:
    word = "at least" if target.at_least else "at most"
    bound = f"({word} {target.bound:,g}{target.unit})"
    return f"{target.promise}: {_number(target.reached)}{target.unit} {bound}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
