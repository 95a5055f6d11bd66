"""One service, or the simulator, as a process for tests."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from avito_live.runner.parts import KINDS, Part, kind_of, part
from avito_live.runner.process import start
from avito_live.runner.readiness import wait_until_ready
from testbed.redis_server import free_port

READY_WITHIN_S = 60.0
END_WITHIN_S = 15.0
LOG_TAIL = 60


@dataclass(slots=True)
class SystemPart:
    """A process whose port stays the same when it is restarted."""

    name: str
    log: Path
    port: int = field(default_factory=free_port)
    host: str = "127.0.0.1"
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}:{self.port}"

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None

    def described(self, environ: Mapping[str, str]) -> Part:
        """Return its description in this environment."""
        return part(self.name, self.url, environ)

    def launch(
        self, environ: Mapping[str, str], *, wrap: Sequence[str] = (), keeps_open: Sequence[int] = ()
    ) -> None:
        """Start it in the folder of its log. `wrap`: a command that runs it, such as `ip netns exec …`."""
        described = self.described(environ)
        folder = self.log.parent
        folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            command = (*wrap, *described.command)
            self.process = start(command, described.environ, output=log, folder=folder, keeps_open=keeps_open)

    async def ready(self) -> None:
        """Wait until it is ready; fail with its log if it is not in time, or died."""
        url = self.url + KINDS[kind_of(self.name)].ready
        if trouble := await wait_until_ready(url, READY_WITHIN_S, lambda: self.is_alive):
            raise AssertionError(f"{self.name} {'' if self.is_alive else 'died: '}{trouble}\n{self.tail()}")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        assert self.process is not None, f"{self.name} does not run"
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait until it ends and return its exit code."""
        assert self.process is not None, f"{self.name} does not run"
        return self.process.wait(END_WITHIN_S)

    def kill(self) -> None:
        """Kill it if it still runs."""
        if self.is_alive:
            self.end(signal.SIGKILL)

    def tail(self, lines: int = LOG_TAIL) -> str:
        """Return the last lines of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])
