#!/usr/bin/env python3
"""Subscribes and unsubscribes Avito's webhook, tests it, shows its status. Runs in any folder with `python3`.

It starts itself again with the project's .venv, which has the libraries; without one it says `make setup`.
"""

import os
import shlex
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
VENV = HOME / ".venv"


def main() -> int:
    """Run `avito-live webhook` with the Python of .venv; FORCE=1 in the environment is --yes."""
    python = VENV / "bin" / "python"
    if python.exists() and Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(python, [str(python), __file__, *sys.argv[1:]])  # noqa: S606 - our own Python, no shell
    try:
        from avito_live.command_line import main as run  # noqa: PLC0415 - `make setup` installs what it needs
        from avito_live.commands.webhook import webhook  # noqa: PLC0415 - the same
    except ImportError as error:
        print(f"Not set up yet ({error}). Run: make -C {shlex.quote(str(HOME))} setup", file=sys.stderr)
        return 1
    forced = os.environ.get("FORCE", "").strip().lower() in ("1", "yes", "true")
    yes = ["--yes"] if forced and sys.argv[1:] and not {"-h", "--help"} & set(sys.argv) else []
    return run([*sys.argv[1:], *yes], webhook, Path(__file__).name)


if __name__ == "__main__":
    sys.exit(main())
