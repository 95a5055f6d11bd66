"""Starts processes for `make run`, for commands that need a Redis, for the testbed and the benchmarks."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from avito_live.runner import tied


def start(
    command: Sequence[str],
    environ: Mapping[str, str] | None = None,
    *,
    output: int | IO[bytes] = subprocess.DEVNULL,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in `folder`, without input, all it prints going to `output`. Raises OSError.

    `environ` None: ours.
    """
    return _start(command, environ, output, folder)


def start_tied(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    output: int | IO[bytes] = subprocess.DEVNULL,
    keeps_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a process that ends with this one, on Linux even after kill -9. Raises OSError.

    It has a session of its own, so that Ctrl-C reaches this process alone. `keeps_open`: descriptors it
    inherits.
    """
    return _start(_tied(command), environ, output, None, keeps_open, own_session=True)


async def start_tied_piped(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, keeps_open: Sequence[int]
) -> asyncio.subprocess.Process:
    """Start such a process for an event loop, with all it prints in a pipe. Raises OSError."""
    return await asyncio.create_subprocess_exec(
        *_tied(command),
        cwd=folder,
        env=dict(environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        pass_fds=keeps_open,
        start_new_session=True,
    )


def _start(
    command: Sequence[str],
    environ: Mapping[str, str] | None,
    output: int | IO[bytes],
    folder: Path | None,
    keeps_open: Sequence[int] = (),
    *,
    own_session: bool = False,
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=folder,
        env=None if environ is None else dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=keeps_open,
        start_new_session=own_session,
    )


def _tied(command: Sequence[str]) -> list[str]:
    return [sys.executable, "-I", str(Path(tied.__file__)), str(os.getpid()), *command]
