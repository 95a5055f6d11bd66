"""Runs a command that ends with its parent: `python tied.py <pid of the parent> <command> …`.

Linux sends SIGTERM when the parent is gone, even after kill -9 (prctl PR_SET_PDEATHSIG). On other systems
this does nothing.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def tie(parent: int) -> None:
    """Have this process, also after exec, get SIGTERM when its parent `parent` ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it ended before prctl
            sys.exit(1)


def main() -> None:
    """Replace this process by the command."""
    tie(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 # no shell


if __name__ == "__main__":
    main()
