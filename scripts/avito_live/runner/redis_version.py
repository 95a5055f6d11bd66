"""The version of a Redis on this machine, before it is started."""

import re
import subprocess
from contextlib import suppress

_SAID = re.compile(r"server v=(\S+)")


def read(program: str) -> str:
    """Return what the program says of itself, '' where it says nothing."""
    with suppress(OSError):
        command = [program, "--version"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if found := _SAID.search(done.stdout):
            return found[1]
    return ""
