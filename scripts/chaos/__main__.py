"""`make chaos`: breaks one thing after the other and writes the table of docs/reliability.md.

`python -m chaos NAME …` runs only these experiments and writes nothing; `--list` prints their names,
`--short` runs the short form of the tests. Exit code 1: a promise was broken.
"""

import asyncio
import shutil
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path

from avito_live import PROJECT
from chaos.experiment import Experiment, run_experiment
from chaos.experiments import experiments, skipped
from chaos.outcome import Outcome, filled, rows
from chaos.stage import staged
from testbed.document import machine, table


async def run(experiment: Experiment) -> Outcome:
    """Run one experiment on a new system; its logs are kept if a promise was broken."""
    if reason := skipped(experiment.setup):
        return Outcome(experiment.words, experiment.needs_sweep, skipped=reason)
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{experiment.name}-"))
    async with staged(folder, experiment.setup) as stage:
        outcome = await run_experiment(stage, experiment)
    if outcome.broken:
        print(f"  the logs are in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def main() -> int:
    """Run the experiments, print the table, and write the document."""
    parser = ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help="experiments to run (default: all)")
    parser.add_argument("--short", action="store_true", help="run the short form")
    parser.add_argument("--list", action="store_true", help="print the names of the experiments")
    asked = parser.parse_args()
    known = {experiment.name: experiment for experiment in experiments(long=not asked.short)}
    if asked.list:
        print("\n".join(known))
        return 0
    if unknown := sorted(set(asked.names) - known.keys()):
        parser.error(f"no such experiment: {', '.join(unknown)}; --list prints their names")
    started = time.monotonic()
    outcomes: list[Outcome] = []
    for name in (name for name in known if name in asked.names or not asked.names):
        print(f"{name} …", flush=True)
        outcomes.append(asyncio.run(run(known[name])))
        print(f"  {outcomes[-1].cells[-1]} ({time.monotonic() - started:.0f} s since the start)", flush=True)
    text = f"{table(rows(outcomes))}\n\n{machine()}; {(time.monotonic() - started) / 60:.0f} minutes"
    print(f"\n{text}")
    if not asked.names and not asked.short:
        path = PROJECT / "docs" / "reliability.md"
        path.write_text(filled(path.read_text("utf-8"), text), "utf-8")
    return 1 if any(outcome.broken for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
