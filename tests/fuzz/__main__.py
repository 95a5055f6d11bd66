"""`make fuzz`: the long form, about ten minutes. SEED=… repeats a run. Exit code 1: something failed."""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.run import LONG, SHORT, fuzz
from tests.fuzz.stage import HEADER, Figures


def main() -> int:
    """Run it and print the table of docs/security.md."""
    seed = int(os.environ.get("SEED", "") or time.time_ns() % 1_000_000)
    sizes = SHORT if os.environ.get("SHORT") else LONG
    print(f"SEED={seed}\n\n{HEADER}", flush=True)
    with tempfile.TemporaryDirectory(prefix="avito-live-fuzz-") as folder:
        done = asyncio.run(fuzz(Path(folder), sizes, seed, lambda figures: print(figures.row(), flush=True)))
    return _judge(done)


def _judge(done: list[Figures]) -> int:
    faults = [f"{figures.name}: {fault}" for figures in done for fault in figures.faults]
    print("\n" + ("\n".join(sorted(set(faults))[:50]) or "Nothing failed."))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
