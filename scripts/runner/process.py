"""Starts a Redis that ends with this command, however it ends (on Linux by kill -9, too)."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO

from runner import tied


def start(
    command: Sequence[str],
    environ: Mapping[str, str],
    output: int | IO[bytes],
    keeps_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, so that a Ctrl-C reaches this command alone. Raises OSError.

    `keeps_open`: descriptors it inherits.
    """
    return subprocess.Popen(
        [sys.executable, "-I", tied.__file__, str(os.getpid()), *command],
        env=dict(environ),
        stdout=output,
        stderr=output,
        pass_fds=keeps_open,
        start_new_session=True,
    )
