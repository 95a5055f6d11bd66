#!/usr/bin/env python3
"""Subscribes and unsubscribes Avito's webhook, tests it, shows its status. Runs in any folder with `python3`.

It starts itself again with the project's .venv, which has the libraries; without one it says `make setup`.
"""

import os
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
VENV = HOME / ".venv"


def main() -> int:
    """Run webhook_setup with the Python of .venv."""
    python = VENV / "bin" / "python"
    if python.exists() and Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(python, [str(python), __file__, *sys.argv[1:]])  # noqa: S606 - our own Python, no shell
    sys.path.insert(0, str(HOME / "scripts"))
    try:
        from avito_live.webhook_setup.cli import run
    except ImportError as error:
        print(f"Not set up yet ({error}). Run: make -C {HOME} setup", file=sys.stderr)
        return 1
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
