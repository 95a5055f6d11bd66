"""One part as a process: starts it, logs its output, restarts it when it dies, ends it."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from avito_live.runner import process
from avito_live.runner.errors import RunError
from avito_live.runner.folders import Folders
from avito_live.runner.part_log import PartLog
from avito_live.runner.parts import Part
from avito_live.runner.terminal import Terminal
from shared.settings import SettingsError

_ENDS_WITHIN_S = 12.0
_DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0)
_FORGIVEN_AFTER_S = 120.0


class PartProcess:
    """A part and its current process. Used by one event loop."""

    def __init__(self, part: Part, folders: Folders, terminal: Terminal) -> None:
        self.part = part
        self.was_ready = False
        self.ending = False
        self.log_shown = str(folders.log(part.name).relative_to(folders.home))
        self._home = folders.home
        self._terminal = terminal
        self._log = PartLog(folders.log(part.name))
        self._deaths: list[float] = []
        self._process: asyncio.subprocess.Process | None = None

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
        self._signal(signal.SIGTERM)
        if self._process is None:
            return
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
            part.command, part.environ, self._home, part.keeps_open
        )
        if self.ending:  # `end` was called while the process was being started
            self._signal(signal.SIGTERM)
        assert self._process.stdout is not None  # noqa: S101 # a pipe was asked for
        hearing = asyncio.create_task(self._hear(self._process.stdout))
        code = await self._process.wait()
        await asyncio.wait({hearing}, timeout=2)
        hearing.cancel()
        return code

    async def _hear(self, stream: asyncio.StreamReader) -> None:
        async for line in lines_of(stream):
            if trouble := self._log.add(line):
                self._terminal.say(f"{self.log_shown} cannot be written: {trouble}; the system keeps running")
            self._terminal.log(self.part.name, line)

    def _delay_after(self, code: int) -> float:
        if code == 2 and (faults := self._log.settings_faults()):
            raise SettingsError(faults)
        delay = next_delay(self._deaths, time.monotonic()) if self.was_ready else None
        if delay is None:
            how = "again and again" if self.was_ready else "before it was ready"
            raise RunError(
                f"{self.part.name} {_how(code)} {how}; it said: {self._log.last_words} "
                f"(the whole log: {self.log_shown})"
            )
        return delay

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)


async def lines_of(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Yield the lines of a stream; one that is longer than its limit comes in pieces."""
    while True:
        try:
            line = await stream.readuntil(b"\n")
        except asyncio.IncompleteReadError as end:
            line = end.partial
        except asyncio.LimitOverrunError as endless:
            line = await stream.readexactly(endless.consumed)
        if not line:
            return
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def next_delay(deaths: list[float], now: float) -> float | None:
    """Add a death and return the seconds to wait before the next start, None to give up.

    Deaths more than two minutes ago do not count.
    """
    deaths[:] = [*(at for at in deaths if now - at < _FORGIVEN_AFTER_S), now]
    return _DELAYS[len(deaths) - 1] if len(deaths) <= len(_DELAYS) else None


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
