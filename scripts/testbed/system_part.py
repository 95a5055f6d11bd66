"""A process that a test starts, ends, kills and starts again: a service, the simulator, any program."""

import itertools
import os
import random
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from avito_live.runner.parts import Part, part
from avito_live.runner.process import start
from avito_live.runner.readiness import wait_until_ready

_READY_WITHIN_S = 60.0
_WRITES_WITHIN_S = 5.0
_ENDS_WITHIN_S = 15.0
_RANGES = 5
_PORTS = 4_000
_turn = itertools.count(random.randrange(_PORTS))


def free_port() -> int:
    """Return a free TCP port that is not returned again soon.

    It is below the ports that the system uses for connections, in a range of its own for each process of
    pytest-xdist.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _RANGES
    while True:
        port = 10_000 + worker * _PORTS + next(_turn) % _PORTS
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass(slots=True)
class SystemPart:
    """A process whose port and own `environ` stay the same when it is restarted.

    `command`: of a program that is no part of the system. `running` fails before the first start.
    """

    name: str
    log: Path
    port: int = field(default_factory=free_port)
    host: str = "127.0.0.1"
    environ: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}:{self.port}"

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """The process that runs, or ran last."""
        assert self.process is not None, f"{self} does not run"
        return self.process

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def described(self, environ: Mapping[str, str]) -> Part:
        """Return its description in this environment."""
        given = {**environ, **self.environ}
        if self.command:
            return Part(self.name, self.command, given, f"{self.url}/livez")
        return part(self.name, self.url, given)

    def launch(
        self, environ: Mapping[str, str], *, wrap: Sequence[str] = (), keeps_open: Sequence[int] = ()
    ) -> None:
        """Start it in the folder of its log. `wrap`: a command that runs it, such as `ip netns exec …`."""
        assert not self.is_alive, f"{self.name} runs already"  # it would be left behind
        described = self.described(environ)
        folder = self.log.parent
        folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            command = (*wrap, *described.command)
            self.process = start(command, described.environ, output=log, folder=folder, keeps_open=keeps_open)

    async def ready(self) -> None:
        """Wait until it is ready; fail with its log if it is not in time, or died."""
        url = self.described({}).ready_url
        if trouble := await wait_until_ready(url, _READY_WITHIN_S, lambda: self.is_alive):
            raise AssertionError(f"{self.name} {'' if self.is_alive else 'died: '}{trouble}\n{self.tail()}")

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

    def close(self) -> None:
        """Kill it, if it still runs; under coverage it is asked to end first, so that it writes its data."""
        if "COVERAGE_PROCESS_CONFIG" in os.environ and self.is_alive:
            self.running.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.running.wait(_WRITES_WITHIN_S)
        self.kill()

    def tail(self, lines: int = 60) -> str:
        """Return the last lines of its log."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def cpu_s(self) -> float:
        """Return the CPU seconds that it has used, in clock ticks (10 ms)."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        """Return its resident memory."""
        return int(self._proc("statm").split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self.running.pid}/{name}").read_text("ascii")
