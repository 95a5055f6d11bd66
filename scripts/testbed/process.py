"""A process that a test starts, ends, kills and starts again."""

import signal
import subprocess
from dataclasses import dataclass

_ENDS_WITHIN_S = 15.0


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
