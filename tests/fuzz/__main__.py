"""`make fuzz`: the long form and the attack tests, ten to fifteen minutes. Exit code 1: something failed.

SEED=… repeats a run.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from shared.redis import keys
from shared.settings import take_no_arguments
from tests.fuzz import attacks, doors, parsers, paths
from tests.fuzz.stage import HEADER, Figures, set_up

_ATTACKS = {
    "HTTP paths": (paths.paths, 1, 25),
    "uploads": (attacks.uploads, 40, 1_500),
    "WebSocket sequences": (attacks.sockets, 400, 20_000),
    "webhook bodies and heads": (attacks.webhooks, 2_500, 100_000),
}
"""Each attack with its size in the short and in the long form."""
_SEARCHED_S = 5.0
"""CPU seconds of the search for the cost of each parser."""


async def fuzz(folder: Path, *, long: bool, seed: int) -> list[Figures]:
    """Run the attacks one after the other against a new system; print a row of the table for each."""
    done: list[Figures] = []
    async with set_up(folder) as stage:
        for name, (attack, short_size, long_size) in _ATTACKS.items():
            async with stage.watched(name) as figures:
                await attack(stage, figures, long_size if long else short_size, seed)
            async with stage.system.redis as redis:
                await redis.delete(keys.DEAD)
            done.append(figures)
            print(figures.row(), flush=True)
    return done


def main() -> int:
    """Run it and print the tables of docs/security.md."""
    take_no_arguments("python -m tests.fuzz", __doc__)
    seed = int(os.environ.get("SEED", "") or time.time_ns() % 1_000_000)
    print(f"SEED={seed}\n\n{HEADER}", flush=True)
    with tempfile.TemporaryDirectory(prefix="avito-live-fuzz-") as folder:
        done = asyncio.run(fuzz(Path(folder), long=True, seed=seed))
        rows, failed = doors.run_attack_tests(Path(folder))
    print("\n".join(("", doors.HEADER, *rows)), flush=True)
    costs, costly = parsers.search_all(seed, _SEARCHED_S)
    print("\n".join(("", parsers.HEADER, *costs)))
    faults = {f"{figures.name}: {fault}" for figures in done for fault in figures.faults}
    faults |= {*failed, *costly}
    print("\n" + ("\n".join(sorted(faults)[:50]) or "Nothing failed."))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
