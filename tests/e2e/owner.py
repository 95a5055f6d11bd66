"""The owner at a terminal: the commands of the webhook, as processes, against the running system."""

import asyncio
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from avito_live import PROJECT
from testbed import System, measured, start

SCRIPT = PROJECT / "scripts" / "setup_avito_webhook.py"


@dataclass
class Owner:
    """The owner at a terminal in another folder, with settings in `.env`."""

    system: System
    home: Path
    said: str = ""

    def settle(self, **changes: str) -> None:
        """Write `.env`."""
        self.home.mkdir(exist_ok=True)
        lines = [f"{name}={value}\n" for name, value in (self.system.settings | changes).items()]
        (self.home / ".env").write_text("".join(lines))

    async def run(self, *arguments: str, **environ: str) -> int:
        """Run a command with python3 and return its exit code."""
        done = await asyncio.to_thread(
            subprocess.run,
            ["python3", str(SCRIPT), *arguments],
            env=self._environ() | environ,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.said = done.stdout + done.stderr
        return done.returncode

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command with its output in `said.log`; the caller must end it."""
        with (self.home / "said.log").open("wb") as said:
            command = ["python3", str(SCRIPT), *arguments]
            return start(command, self._environ(), output=said, folder=Path("/"))

    def _environ(self) -> dict[str, str]:
        base = {"PATH": os.environ["PATH"], "AVITO_LIVE_HOME": str(self.home), "LANG": "ru_RU.UTF-8"}
        return measured(base | {"PYTHONIOENCODING": "utf-8"})

    @property
    def env(self) -> str:
        """The settings in `.env`."""
        return (self.home / ".env").read_text()


def owner_of(system: System) -> Owner:
    owner = Owner(system, system.folder / "home")
    owner.settle()
    return owner
