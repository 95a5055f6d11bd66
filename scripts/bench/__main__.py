"""`make bench`: runs the benchmarks of the real system with their floors and peers, and writes the docs.

Prints every table. A complete run writes docs/performance.md and its plots (--quick: only with --docs) and
ends within ten minutes: benchmarks that start late run in their small form, which the report says. Exit code
1 if a benchmark failed; a missed target is only reported. Ctrl-C and SIGTERM end everything.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from avito_live import PROJECT
from bench import machine, plots, report
from bench.backlog import BacklogError
from bench.benchmarks import (
    commit,
    connections,
    end_to_end,
    fan_out,
    frozen_redis,
    growth,
    idle,
    ingest,
    panel_reads,
    profile,
    reply,
    search,
)
from bench.load import LoadError
from bench.processes import StartError
from bench.result import Result

_DOCS = PROJECT / "docs"
_REMARKS = Path(__file__).with_name("remarks.md")
_LONG_FORMS_S = 390.0
"""Benchmarks that start later run in their small form, so that the run ends in ten minutes."""
_ENOUGH_S = 540.0
"""Benchmarks that would start later are skipped: the machine is too busy."""
_SMALL = "Measured in its small form, since the whole run must end within ten minutes."

_LONG: dict[str, Callable[[], Result]] = {
    "profile": lambda: profile.measure(3000),
    "ingest": lambda: ingest.measure(4, 2),
    "frozen_redis": lambda: frozen_redis.measure(2.0),
    "commit": lambda: commit.measure(4, 10_000),
    "end_to_end": lambda: end_to_end.measure(3, 3.0),
    "reply": lambda: reply.measure(2, 30),
    "connections": lambda: connections.measure(2000, 10_000),
    "panel_reads": lambda: panel_reads.measure(3, 10_000, 10_000),
    "idle": lambda: idle.measure(20.0),
    "growth": lambda: growth.measure((10, 100, 1000, 10_000, 100_000, 1_000_000), (1, 10, 100, 1000, 10_000)),
    "fan_out": lambda: fan_out.measure((100, 1000, 5000), 3, 0.6),
    "search": lambda: search.measure(5_000, 200),
}
_QUICK: dict[str, Callable[[], Result]] = {
    "profile": lambda: profile.measure(1000),
    "ingest": lambda: ingest.measure(2, 1),
    "frozen_redis": lambda: frozen_redis.measure(1.0),
    "commit": lambda: commit.measure(2, 4000),
    "end_to_end": lambda: end_to_end.measure(1, 2.0),
    "reply": lambda: reply.measure(1, 20),
    "connections": lambda: connections.measure(1000, 2000),
    "panel_reads": lambda: panel_reads.measure(1, 1000, 1000),
    "idle": lambda: idle.measure(10.0),
    "growth": lambda: growth.measure((10, 1000, 10_000), (1, 100, 1000)),
    "fan_out": lambda: fan_out.measure((100, 1000), 1, 0.5),
    "search": lambda: search.measure(5_000, 20),
}


def main() -> int:
    """Run the chosen benchmarks."""
    options = _options()
    here, began = machine.describe(), time.monotonic()
    print(
        f"Load average {here.load:.1f} on {here.cores} cores: the lower, the better the figures.",
        flush=True,
    )
    results: dict[str, Result] = {}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for name in (name for name in _LONG if name in options.only):
            print(f"\nmeasuring {name} …", flush=True)
            results[name] = _measure(name, time.monotonic() - began, quick=options.quick)
            print("\n".join(report.lines(results[name])), flush=True)
    except KeyboardInterrupt:
        print("Stopped.")
        return 130
    took = time.monotonic() - began
    if results.keys() == _LONG.keys() and (options.docs or not options.quick):
        _write(results, here, took)
    left = report.missed(list(results.values()))
    print("\n" + ("\n".join(["Missed:", *left]) if left else "Every target is met."))
    print(f"It took {took / 60:.1f} minutes.")
    return 0 if all(result.rows for result in results.values()) else 1


def _measure(name: str, elapsed_s: float, *, quick: bool) -> Result:
    """Run one benchmark; if it fails, the result says why, and the others go on."""
    title, late = name.replace("_", " ").capitalize(), elapsed_s > _LONG_FORMS_S
    if elapsed_s > _ENOUGH_S:
        return Result(title, "Not measured, since the run must end within ten minutes.", (), ())
    try:
        result = (_QUICK if quick or late else _LONG)[name]()
    except (StartError, LoadError, BacklogError, OSError, RuntimeError) as error:
        why = f"{type(error).__name__} {error!s}".strip()
        return Result(title, f"Could not be measured: {why}.", (), ())
    return replace(result, notes=(*result.notes, _SMALL)) if late and not quick else result


def _write(results: Mapping[str, Result], here: machine.Machine, took: float) -> None:
    shown = list(results.values())
    page = report.write(shown, here, os.getloadavg()[0], took, _REMARKS.read_text(encoding="utf-8"))
    (_DOCS / "performance.md").write_text(page, encoding="utf-8")
    names = [level.name for level in end_to_end.load_levels(0)]
    for name, picture in (
        ("targets", plots.reached(shown)),
        ("latency", plots.latency(results["end_to_end"].series, names)),
        ("growth", plots.growth(results["growth"].series)),
    ):
        (_DOCS / "images" / f"bench-{name}.svg").write_text(picture, encoding="utf-8")
    print("\nWrote docs/performance.md and docs/images/bench-*.svg.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small forms, under three minutes, no docs")
    parser.add_argument("--docs", action="store_true", help="write the docs also from the small forms")
    parser.add_argument(
        "--only", nargs="+", choices=list(_LONG), default=list(_LONG), metavar="NAME", help="|".join(_LONG)
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
