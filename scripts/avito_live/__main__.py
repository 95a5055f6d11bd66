"""`avito-live`, also as `python -m avito_live`."""

import importlib
import sys


def start() -> int:
    """Run the command line and return its exit code; say in one line which library is missing."""
    try:
        return int(importlib.import_module("avito_live.command_line").main())
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"{error}. Install everything: pip install 'avito-live[run]'; in a clone: make setup\n"
        )
        return 1
    except KeyboardInterrupt:  # while the libraries load
        sys.stderr.write("Interrupted.\n")
        return 130


if __name__ == "__main__":
    sys.exit(start())
