"""Runs commands as a user does: as processes, with `.env` and `var` in the test's folder."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from avito_live.runner.process import measured, start

AVITO_LIVE = (sys.executable, "-m", "avito_live")


def environment(home: Path, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment without the settings of this machine."""
    ours = {"PATH": os.environ["PATH"], "AVITO_LIVE_HOME": str(home), "LANG": "C.UTF-8"}
    return measured(ours | dict(given or {}))


def avito_live(
    home: Path, *arguments: str | Path, said: str = "", first: str = ":", **given: str
) -> subprocess.CompletedProcess[str]:
    """Run a command of `avito-live` to its end, without a terminal.

    `said`: its standard input. `first`: what its shell did before, such as `umask 0`.
    """
    return subprocess.run(
        ["sh", "-c", f'{first}; exec "$@"', "sh", *AVITO_LIVE, *map(str, arguments)],
        env=environment(home, given),
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def begun(home: Path, *arguments: str | Path, **given: str) -> "subprocess.Popen[str]":
    """Start a command of `avito-live`, without a terminal; the caller must end it."""
    return subprocess.Popen(
        [*AVITO_LIVE, *map(str, arguments)],
        env=environment(home, given),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def at_a_terminal(home: Path, *arguments: str | Path, types: str, **given: str) -> tuple[int, str]:
    """Run a command at a terminal of its own; return its exit code and what it showed.

    `types`: what its user types when it asks, again while it does not react; "" closes the terminal.
    """
    ours, its = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", _WITH_TERMINAL, *AVITO_LIVE, *map(str, arguments)],
        env=environment(home, given),
        stdin=its,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        os.close(its)
        command = Started(process)
        command.until("[y/N]")
        while types and process.poll() is None:
            os.write(ours, types.encode())
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.5)
        os.close(ours)
        return process.wait(60), command.rest()


_WITH_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # closing it sends SIGHUP, Ctrl-C SIGINT
os.execv(sys.argv[1], sys.argv[1:])
"""


class Started:
    """A running `avito-live run` and its output so far."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.said = ""

    def until(self, words: str, seconds: float = 90.0) -> str:
        """Wait for these words and return all output."""
        deadline = time.monotonic() + seconds
        while words not in self.said:
            assert self._read(deadline - time.monotonic()), f"never said {words!r} but:\n{self.said}"
        return self.said

    def rest(self, seconds: float = 60.0) -> str:
        """Wait until it ends and return all output."""
        deadline = time.monotonic() + seconds
        while self._read(deadline - time.monotonic()):
            pass
        self.process.wait(max(deadline - time.monotonic(), 1))
        return self.said

    def _read(self, seconds: float) -> bool:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], max(seconds, 0))
        chunk = os.read(self.process.stdout.fileno(), 65536) if ready else b""
        self.said += chunk.decode("utf-8", "replace")
        return bool(chunk)


@contextmanager
def run_started(
    home: Path, program: Sequence[str] = AVITO_LIVE, folder: Path | None = None, /, **given: str
) -> Iterator[Started]:
    """Start `avito-live run` on free ports, in `folder`; killed at the end of the block if it still runs."""
    ports = dict.fromkeys(("GATEWAY_PORT", "INGEST_PORT", "WORKER_METRICS_PORT", "SIM_PORT"), "0")
    environ = environment(home, {**ports, **given})
    process = start([*program, "run"], environ, output=subprocess.PIPE, folder=folder)
    try:
        yield Started(process)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
