"""One service, or the simulator, as a process for tests."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from avito_live.runner.parts import Part, part
from avito_live.runner.process import start
from avito_live.runner.readiness import wait_until_ready
from testbed.process import Process
from testbed.redis_server import free_port

_READY_WITHIN_S = 60.0
_WRITES_WITHIN_S = 5.0


@dataclass(slots=True)
class SystemPart(Process):
    """A process whose port and own `environ` stay the same when it is restarted."""

    name: str
    log: Path
    port: int = field(default_factory=free_port)
    host: str = "127.0.0.1"
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}:{self.port}"

    def described(self, environ: Mapping[str, str]) -> Part:
        """Return its description in this environment."""
        return part(self.name, self.url, {**environ, **self.environ})

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

    def close(self) -> None:
        """Kill it, if it still runs; under coverage it is asked to end first, so that it writes its data."""
        if "COVERAGE_PROCESS_CONFIG" in os.environ and self.is_alive:
            self.running.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.running.wait(_WRITES_WITHIN_S)
        self.kill()

    async def ready(self) -> None:
        """Wait until it is ready; fail with its log if it is not in time, or died."""
        url = self.described({}).ready_url
        if trouble := await wait_until_ready(url, _READY_WITHIN_S, lambda: self.is_alive):
            raise AssertionError(f"{self.name} {'' if self.is_alive else 'died: '}{trouble}\n{self.tail()}")

    def tail(self, lines: int = 60) -> str:
        """Return the last lines of its log."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])
