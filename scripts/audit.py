"""Asks for known vulnerabilities of the packages in constraints.txt, by pip-audit: `make audit`.

Prints a line for each vulnerability and one that says what was found, also where nothing could be asked.
Exit code 0: asked, none is known.
"""

import json
import subprocess
import sys
from typing import Any

COMMAND = ("-m", "pip_audit", "--strict", "--no-deps", "--disable-pip", "--progress-spinner=off")


def main() -> int:
    """Ask and print; returns the exit code."""
    command = [sys.executable, *COMMAND, "--format=json", "--requirement=constraints.txt"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = findings(done.stdout, done.stderr)
    print(*lines, sep="\n")
    return done.returncode


def findings(output: str, errors: str) -> list[str]:
    """Return what pip-audit found, in lines; without an answer, why there is none."""
    try:
        audited: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except ValueError:
        said = [line.strip() for line in errors.splitlines() if line.strip()] or ["pip-audit said nothing"]
        reason = said[-1].removeprefix("ERROR:pip_audit._cli:")
        return [f"audit: nothing is known: {reason}. Run it where PyPI's data can be reached."]
    known = [_line(one, found) for one in audited for found in one.get("vulns", ())]
    if known:
        return [*known, f"audit: known vulnerabilities: {len(known)}. Take a version that mends each."]
    return [f"audit: no known vulnerabilities in {len(audited)} packages."]


def _line(package: dict[str, Any], found: dict[str, Any]) -> str:
    mended = ", ".join(found["fix_versions"]) or "no version"
    return f"{package['name']} {package['version']}: {found['id']}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main())
