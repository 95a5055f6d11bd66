"""A process that a test starts, ends, kills and starts again."""

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

_ENDS_WITHIN_S = 15.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True, kw_only=True)
class Process:
    """The process that runs, or ran last. `running` fails before the first start."""

    process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """The process."""
        assert self.process is not None, f"{self} does not run"
        return self.process

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def cpu_s(self) -> float:
        """Return the CPU seconds that it has used, in clock ticks (10 ms)."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_bytes(self) -> int:
        """Return its resident memory."""
        return int(self._proc("statm").split()[1]) * _PAGE

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        self.running.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait until it ends and return its exit code."""
        return self.running.wait(_ENDS_WITHIN_S)

    def kill(self) -> None:
        """Kill it, as a crash does, if it still runs."""
        if self.is_alive:
            self.end(signal.SIGKILL)

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self.running.pid}/{name}").read_text("ascii")
