"""Runs the suite's attack tests (marked `attack`), for what each of them makes of the service it attacks."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

HEADER = """| attack | service | longest silence | of it computing | memory at most | kept |
|---|---|---|---|---|---|"""


def run_attack_tests(folder: Path) -> tuple[list[str], list[str]]:
    """Run them one after the other; return the rows of a Markdown table, and the tests that failed."""
    figures = folder / "doors.jsonl"
    figures.touch()
    command = (sys.executable, "-m", "pytest", "-q", "-m", "attack", "-rf", "--no-header", "tests")
    ran = subprocess.run(
        command,
        env={**os.environ, "DOOR_FIGURES": str(figures)},
        capture_output=True,
        text=True,
        check=False,
    )
    seen = [json.loads(line) for line in figures.read_text("utf-8").splitlines()]
    rows = [_row(attack, some) for attack, some in _by_attack(seen).items()]
    failed = [line for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if ran.returncode and not failed:
        failed = [ran.stdout[-2_000:]]
    return rows, failed


def _by_attack(seen: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the figures of each test and service, whatever the test was given."""
    attacks: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in seen:
        name = re.sub(r"\[.*| \(call\)$", "", one["test"].rpartition("::test_")[2]).replace("_", " ")
        attacks.setdefault((name, one["service"]), []).append(one)
    return attacks


def _row(attack: tuple[str, str], seen: list[dict[str, Any]]) -> str:
    name, service = attack
    silent, busy, peak, kept = (
        max(one[figure] for one in seen) for figure in ("silent_s", "busy_s", "peak_mib", "kept_mib")
    )
    times = f"{silent * 1000:.0f} ms | {busy * 1000:.0f} ms"
    return f"| {name} | {service} | {times} | {peak:+.0f} MiB | {kept:+.0f} MiB |"
