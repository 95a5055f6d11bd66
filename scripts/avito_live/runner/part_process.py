"""One part as a process: starts it, logs its output, restarts it when it dies, ends it."""

import asyncio
import signal
import time
from dataclasses import dataclass, field

from avito_live.runner import process
from avito_live.runner.errors import RunError
from avito_live.runner.folders import Folders
from avito_live.runner.log_lines import Splitter
from avito_live.runner.part_log import PartLog
from avito_live.runner.parts import Part
from avito_live.runner.terminal import Terminal
from shared.settings import SettingsError

_ENDS_WITHIN_S = 12.0
_CHUNK = 65536
_DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0)
_FORGIVEN_AFTER_S = 120.0


@dataclass(slots=True)
class Restarts:
    """The restarts of one part. Deaths more than two minutes ago do not count."""

    deaths: list[float] = field(default_factory=list)

    def after_death(self, now: float) -> float | None:
        """Return the seconds to wait before the next start, or None to give up."""
        self.deaths = [at for at in self.deaths if now - at < _FORGIVEN_AFTER_S]
        self.deaths.append(now)
        return _DELAYS[len(self.deaths) - 1] if len(self.deaths) <= len(_DELAYS) else None


class PartProcess:
    """A part and its current process. Used by one event loop."""

    def __init__(self, part: Part, folders: Folders, terminal: Terminal) -> None:
        self.part = part
        self.was_ready = False
        self._folders = folders
        self._terminal = terminal
        self._log = PartLog(folders.log(part.name))
        self._restarts = Restarts()
        self._process: asyncio.subprocess.Process | None = None
        self.ending = False

    @property
    def log_shown(self) -> str:
        """The path of its log, for messages."""
        return self._folders.log_shown(self.part.name)

    @property
    def last_words(self) -> str:
        """The last line of its output."""
        return self._log.last_words

    async def live(self) -> None:
        """Keep the part running until `end`. Raises RunError or SettingsError when it gives up."""
        while True:
            code = await self._one_life()
            if self.ending:
                return
            delay = self._delay_after(code)
            self._terminal.say(
                f"{self.part.name} {_how(code)}, starting it again in {delay:g} s (log: {self.log_shown})"
            )
            await asyncio.sleep(delay)

    async def end(self) -> None:
        """Send SIGTERM, and SIGKILL if the process does not end in time."""
        self.ending = True
        if self._process is None or self._process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), _ENDS_WITHIN_S)
        except TimeoutError:
            self._terminal.say(f"{self.part.name} does not end by itself: killed (log: {self.log_shown})")
            self.kill()
            await self._process.wait()

    def kill(self) -> None:
        """Send SIGKILL."""
        self.ending = True
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Close its log."""
        self._log.close()

    async def _one_life(self) -> int:
        self._log.forget()
        part = self.part
        self._process = await process.start_tied_piped(
            part.command, part.environ, self._folders.home, part.keeps_open
        )
        if self.ending:  # `end` was called while the process was being started
            self._signal(signal.SIGTERM)
        hearing = asyncio.create_task(self._hear(self._process))
        code = await self._process.wait()
        await asyncio.wait({hearing}, timeout=2)
        hearing.cancel()
        return code

    async def _hear(self, running: asyncio.subprocess.Process) -> None:
        assert running.stdout is not None  # noqa: S101 # a pipe was asked for
        lines = Splitter()
        while chunk := await running.stdout.read(_CHUNK):
            self._heard(lines.feed(chunk))
        self._heard(lines.end())

    def _heard(self, lines: list[str]) -> None:
        for line in lines:
            if trouble := self._log.add(line):
                self._terminal.say(f"{self.log_shown} cannot be written: {trouble}; the system keeps running")
            self._terminal.log(self.part.name, line)

    def _delay_after(self, code: int) -> float:
        if code == 2 and (faults := self._log.settings_faults()):
            raise SettingsError(faults)
        delay = self._restarts.after_death(time.monotonic()) if self.was_ready else None
        if delay is None:
            how = "again and again" if self.was_ready else "before it was ready"
            raise RunError(
                f"{self.part.name} {_how(code)} {how}; it said: {self.last_words} "
                f"(the whole log: {self.log_shown})"
            )
        return delay

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            try:
                self._process.send_signal(number)
            except ProcessLookupError:
                return


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
