"""Start a command that ends with its starter: `python tied.py <pid of the starter> <command> …`.

Linux sends SIGTERM when the starter is gone, even by kill -9 (prctl PR_SET_PDEATHSIG); elsewhere nothing.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def tie(parent: int) -> None:
    """Let this process, and what it becomes, get SIGTERM when its parent `parent` ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # gone between the fork and here
            sys.exit(1)


def main() -> None:
    """Become the command."""
    tie(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 # the very purpose: no shell


if __name__ == "__main__":
    main()
