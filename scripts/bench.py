"""`make bench`: measures every hop of the real system beside its floor and its peers, and writes the docs.

Prints every table. A whole run writes docs/performance.md and its plots (--quick: only with --docs). Exit
code 1 when a process did not start or a run failed; a missed target is a line, no failure. Ctrl-C ends all.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench_suite import machine, plots, report
from bench_suite.backlog import BacklogError
from bench_suite.hops import (
    commit,
    connections,
    fan_out,
    finding,
    frozen,
    growth,
    idle,
    ingest,
    panel_reads,
    reply,
    way,
)
from bench_suite.load import LoadError
from bench_suite.result import Hop
from bench_suite.stage import StageError

_DOCS = Path(__file__).resolve().parent.parent / "docs"
_REMARKS = Path(__file__).resolve().parent / "bench_suite" / "remarks.md"

_LONG: dict[str, Callable[[], Hop]] = {
    "ingest": lambda: ingest.measure(5, 3),
    "frozen": lambda: frozen.measure(2.0),
    "commit": lambda: commit.measure(5, 12_000),
    "way": lambda: way.measure(3, 5.0),
    "reply": lambda: reply.measure(3, 40),
    "fan_out": lambda: fan_out.measure((100, 1000, 5000), 5, 1.0),
    "connections": lambda: connections.measure(2000, 10_000),
    "panel_reads": lambda: panel_reads.measure(3, 10_000, 10_000),
    "finding": lambda: finding.measure(5_000, 200),
    "idle": lambda: idle.measure(20.0),
    "growth": lambda: growth.measure((10, 100, 1000, 10_000, 100_000, 1_000_000), (1, 10, 100, 1000, 10_000)),
}
_QUICK: dict[str, Callable[[], Hop]] = {
    "ingest": lambda: ingest.measure(2, 1),
    "frozen": lambda: frozen.measure(1.0),
    "commit": lambda: commit.measure(2, 4000),
    "way": lambda: way.measure(1, 2.0),
    "reply": lambda: reply.measure(1, 20),
    "fan_out": lambda: fan_out.measure((100, 1000), 1, 0.5),
    "connections": lambda: connections.measure(1000, 2000),
    "panel_reads": lambda: panel_reads.measure(1, 1000, 1000),
    "finding": lambda: finding.measure(5_000, 20),
    "idle": lambda: idle.measure(10.0),
    "growth": lambda: growth.measure((10, 1000, 10_000), (1, 100, 1000)),
}


def main() -> int:
    """Run what is asked for."""
    options = _options()
    chosen = {name: run for name, run in (_QUICK if options.quick else _LONG).items() if name in options.only}
    here, began = machine.look(), time.monotonic()
    print(
        f"Load average {here.load:.1f} on {here.cores} cores: the quieter, the better the figures.",
        flush=True,
    )
    hops = []
    try:
        for name, run in chosen.items():
            print(f"\nmeasuring {name} …", flush=True)
            hops.append(run())
            print("\n".join(report.lines(hops[-1])), flush=True)
    except (StageError, LoadError, BacklogError, OSError, RuntimeError) as error:
        print(f"The run failed: {error!s} ({type(error).__name__})")
        return 1
    except KeyboardInterrupt:
        print("Stopped.")
        return 130
    took = time.monotonic() - began
    if chosen.keys() == _LONG.keys() and (options.docs or not options.quick):
        _write(hops, here, took)
    left = report.missed(hops)
    print("\n" + ("\n".join(["Missed:", *left]) if left else "Every target is met."))
    return 0


def _write(hops: list[Hop], here: machine.Machine, took: float) -> None:
    remarks = _REMARKS.read_text(encoding="utf-8")
    page = report.write(hops, here, os.getloadavg()[0], took, remarks)
    (_DOCS / "performance.md").write_text(page, encoding="utf-8")
    series = {hop.title: hop.series for hop in hops}
    paces = [pace.name for pace in way.paces(0)]
    for name, picture in (
        ("targets", plots.reached(hops)),
        ("latency", plots.latency(series["The whole way"], paces)),
        ("growth", plots.growth(series["Growth"])),
    ):
        (_DOCS / "images" / f"bench-{name}.svg").write_text(picture, encoding="utf-8")
    print("\nWrote docs/performance.md and docs/images/bench-*.svg.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small forms, under three minutes, no docs")
    parser.add_argument("--docs", action="store_true", help="write the docs from the small forms, too")
    parser.add_argument(
        "--only", nargs="+", choices=list(_LONG), default=list(_LONG), metavar="HOP", help="|".join(_LONG)
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
