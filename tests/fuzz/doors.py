"""Runs the suite's attack tests (marked `attack`), for what each of them makes of the service it attacks."""

import json
import os
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
    rows = [_row(json.loads(line)) for line in figures.read_text("utf-8").splitlines()]
    failed = [line for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if ran.returncode and not failed:
        failed = [ran.stdout[-2_000:]]
    return rows, failed


def _row(seen: dict[str, Any]) -> str:
    name = seen["test"].rpartition("::")[2].removesuffix(" (call)").removeprefix("test_").replace("_", " ")
    return (
        f"| {name} | {seen['service']} | {seen['silent_s'] * 1000:.0f} ms | {seen['busy_s'] * 1000:.0f} ms "
        f"| {seen['peak_mib']:+.0f} MiB | {seen['kept_mib']:+.0f} MiB |"
    )
