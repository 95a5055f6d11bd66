"""Looks up known vulnerabilities of all packages in constraints.txt at PyPI."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import click

from avito_live import PROJECT
from avito_live.runner.errors import RunError

CONSTRAINTS = PROJECT / "constraints.txt"
_TOOL = ("-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")


@click.command
def audit() -> int:
    """Look up known vulnerabilities of our libraries.

    Those of constraints.txt, so in a clone only. Exit code 0: none is known, 1: some are known, 3: not all
    packages could be looked up.
    """
    command = [sys.executable, *_TOOL, "--requirement", str(CONSTRAINTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise RunError(f"pip-audit gave no report:\n{done.stderr[-2_000:]}", 3) from None
    code, said = judge(report)
    click.echo("\n".join(said))
    return code


def judge(report: Mapping[str, Any]) -> tuple[int, list[str]]:
    """Return the exit code and a summary of pip-audit's report."""
    packages = report["dependencies"]
    found = [
        f"{package['name']} {package['version']}: {flaw['id']}, "
        f"fixed in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for package in packages
        for flaw in package.get("vulns", ())
    ]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if found:
        return 1, found
    if unknown or not packages:
        return 3, [
            f"{len(unknown)} of {len(packages)} packages could not be looked up: nothing is known about them."
        ]
    return 0, [f"None of {len(packages)} packages has a known vulnerability."]
