"""`make bench`: runs the benchmarks of the real system and writes the docs.

Prints every table. A complete run writes docs/performance.md (not with --quick). Exit code 1
if a benchmark failed; a missed target is only reported. Ctrl-C and SIGTERM end everything.
"""

import argparse
import os
import signal
import sys
import time
from importlib import import_module
from pathlib import Path

import uvloop

from avito_live import PROJECT
from bench import report
from bench.result import Result
from testbed.document import machine

_PAGE = PROJECT / "docs" / "performance.md"
_REMARKS = Path(__file__).with_name("remarks.md")
_NAMES = ("ingest", "commit", "end_to_end", "connections", "panel_reads", "growth", "fan_out")


def main() -> int:
    """Run the chosen benchmarks."""
    options = _options()
    about, began = f"{machine()}. Load average {os.getloadavg()[0]:.1f} before the run", time.monotonic()
    print(about, flush=True)
    results: dict[str, Result] = {}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for name in (name for name in _NAMES if name in options.only):
            print(f"\nmeasuring {name} …", flush=True)
            results[name] = _measure(name, quick=options.quick)
            print(report.section(results[name]), flush=True)
    except KeyboardInterrupt:
        print("Stopped.")
        return 130
    took = f"the run took {(time.monotonic() - began) / 60:.1f} minutes."
    if len(results) == len(_NAMES) and not options.quick:
        about += f", {os.getloadavg()[0]:.1f} at its end; {took}"
        page = report.page(list(results.values()), about, _REMARKS.read_text(encoding="utf-8"))
        _PAGE.write_text(page, encoding="utf-8")
        print(f"Wrote {_PAGE}.")
    print(f"In all, {took}")
    return 0 if all(result.rows for result in results.values()) else 1


def _measure(name: str, *, quick: bool) -> Result:
    """Run one benchmark; if it fails, the result says why, and the others go on."""
    try:
        result: Result = uvloop.run(import_module(f"bench.benchmarks.{name}").measure(quick=quick))
    except Exception as error:  # noqa: BLE001  # a benchmark that fails must not end the others
        why = f"{type(error).__name__} {error!s}".strip()
        return Result(name.replace("_", " ").capitalize(), f"Could not be measured: {why}.")
    return result


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small forms, under three minutes, no docs")
    parser.add_argument(
        "--only", nargs="+", choices=_NAMES, default=_NAMES, metavar="NAME", help="|".join(_NAMES)
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
