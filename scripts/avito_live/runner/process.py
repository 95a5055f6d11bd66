"""Starts every process of ours: those of `make run`, of commands that need a Redis, of the testbed."""

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
    keeps_open: Sequence[int] = (),
    own_session: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a process in `folder`, without input, all it prints going to `output`. Raises OSError.

    `environ` None: ours. `keeps_open`: descriptors it inherits. `own_session`: Ctrl-C does not reach it.
    """
    return subprocess.Popen(
        command,
        cwd=folder,
        env=None if environ is None else measured(environ),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=keeps_open,
        start_new_session=own_session,
    )


def start_tied(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    output: int | IO[bytes] = subprocess.DEVNULL,
    keeps_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own that ends with this one, on Linux even after kill -9."""
    return start(_tied(command), environ, output=output, keeps_open=keeps_open, own_session=True)


async def start_tied_piped(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, keeps_open: Sequence[int]
) -> asyncio.subprocess.Process:
    """Start such a process for an event loop, with all it prints in a pipe. Raises OSError."""
    return await asyncio.create_subprocess_exec(
        *_tied(command),
        cwd=folder,
        env=measured(environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        pass_fds=keeps_open,
        start_new_session=True,
    )


def _tied(command: Sequence[str]) -> list[str]:
    return [sys.executable, "-I", str(Path(tied.__file__)), str(os.getpid()), *command]


def measured(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment, under coverage with the variable by which it measures this process too."""
    name = "COVERAGE_PROCESS_CONFIG"
    return {**environ, **({name: os.environ[name]} if name in os.environ else {})}
