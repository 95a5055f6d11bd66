"""Starts every process of ours: those of `make run`, of commands that need a Redis, of the testbed."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT
from typing import IO

from avito_live.runner import tied


def start(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    output: int | IO[bytes] = DEVNULL,
    folder: Path | None = None,
    keeps_open: Sequence[int] = (),
    is_tied: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a process in `folder`, without input, all it prints going to `output`. Raises OSError.

    `keeps_open`: descriptors it inherits. `is_tied`: it ends with this process, on Linux even after kill -9,
    and Ctrl-C does not reach it.
    """
    return subprocess.Popen(
        _tied(command) if is_tied else command,
        cwd=folder,
        env=measured(environ),
        stdin=DEVNULL,
        stdout=output,
        stderr=STDOUT,
        pass_fds=keeps_open,
        start_new_session=is_tied,
    )


async def start_piped(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, keeps_open: Sequence[int]
) -> asyncio.subprocess.Process:
    """Start a tied process for an event loop, with all it prints in a pipe. Raises OSError."""
    return await asyncio.create_subprocess_exec(
        *_tied(command),
        cwd=folder,
        env=measured(environ),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        pass_fds=keeps_open,
        start_new_session=True,
    )


def _tied(command: Sequence[str]) -> list[str]:
    return [sys.executable, "-I", str(Path(tied.__file__)), str(os.getpid()), *command]


def measured(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment, under coverage with the variable by which it measures this process too."""
    name = "COVERAGE_PROCESS_CONFIG"
    return {**environ, **({name: os.environ[name]} if name in os.environ else {})}
