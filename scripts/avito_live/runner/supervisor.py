"""The parts of a run as processes: started, logged, started again when they die, ended in order."""

import asyncio
import signal
import time
from contextlib import suppress

from avito_live.runner import process
from avito_live.runner.errors import RunError
from avito_live.runner.folders import Folders
from avito_live.runner.part_log import PartLog
from avito_live.runner.parts import Part, heard_url
from avito_live.runner.readiness import wait_until_ready
from avito_live.runner.terminal import Terminal
from shared.settings import SettingsError
from shared.timing.backoff import Backoff

_ORDER_OF_THE_END = ("gateway", "worker", "simulator", "ingest", "redis")
_READY_WITHIN_S = 90.0
_SAID_EVERY_S = 4.0
_LOADED_WITHIN_S = 600.0
_ENDS_WITHIN_S = 12.0
_BACKOFF = Backoff(first=0.5, most=8.0)
_DEATHS_AT_MOST = 5
_FORGIVEN_AFTER_S = 120.0


class Supervisor:
    """The parts that run until `end`. `failed` has an error once a part was given up."""

    def __init__(self, folders: Folders, terminal: Terminal) -> None:
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._folders = folders
        self._terminal = terminal
        self._parts: dict[str, _Supervised] = {}
        self._lives: list[asyncio.Task[None]] = []

    def start(self, part: Part) -> None:
        """Start a part and keep it running."""
        self._parts[part.name] = _Supervised(part, self._folders, self._terminal)
        self._lives.append(asyncio.create_task(self._live(self._parts[part.name])))

    async def ready(self, *names: str) -> None:
        """Wait until these parts are ready, and say so of each, also while it takes long.

        Raises RunError, naming one that is not.
        """
        await asyncio.gather(*(self._ready(self._parts[name]) for name in names))

    async def _ready(self, one: "_Supervised") -> None:
        name, began = one.part.name, time.monotonic()
        within_s = _LOADED_WITHIN_S if name == "redis" else _READY_WITHIN_S
        while trouble := await wait_until_ready(one.ready_url, _SAID_EVERY_S):
            if time.monotonic() - began >= within_s:
                raise RunError(f"{name} is not ready after {within_s:g} s: {trouble} (log: {one.log_shown})")
            self._terminal.say(f"{name:<9} not ready yet: {trouble}")
        one.was_ready = True
        self._terminal.say(f"{name:<9} ready")

    async def end(self) -> None:
        """End all parts cleanly, in order."""
        for name in _ORDER_OF_THE_END:
            if name in self._parts:
                await self._parts[name].end()
        await asyncio.gather(*self._lives, return_exceptions=True)

    def kill(self) -> None:
        """Kill all parts."""
        for one in self._parts.values():
            one.signal(signal.SIGKILL)

    async def _live(self, one: "_Supervised") -> None:
        try:
            await one.live()
        except Exception as hopeless:  # noqa: BLE001 # the launcher raises it
            if not self.failed.done():
                self.failed.set_exception(hopeless)
        finally:
            one.log.close()


class _Supervised:
    """A part and its current process."""

    def __init__(self, part: Part, folders: Folders, terminal: Terminal) -> None:
        self.part = part
        self.ready_url = part.ready_url
        self.was_ready = False
        self.log = PartLog(folders.log(part.name))
        self.log_shown = str(folders.log(part.name).relative_to(folders.home))
        self._home = folders.home
        self._terminal = terminal
        self._ending = False
        self._deaths: list[float] = []
        self._process: asyncio.subprocess.Process | None = None

    async def live(self) -> None:
        """Keep the part running until it is ended. Raises RunError or SettingsError when it is given up."""
        while True:
            code = await self._one_life()
            if self._ending:
                return
            how = f"ended with code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"
            delay = self._delay_after(code, how)
            self._terminal.say(
                f"{self.part.name} {how}, starting it again in {delay:g} s (log: {self.log_shown})"
            )
            await asyncio.sleep(delay)

    async def end(self) -> None:
        """Send SIGTERM, and SIGKILL if the process does not end in time."""
        self.signal(signal.SIGTERM)
        if self._process is None:
            return
        try:
            await asyncio.wait_for(self._process.wait(), _ENDS_WITHIN_S)
        except TimeoutError:
            self._terminal.say(f"{self.part.name} does not end by itself: killed (log: {self.log_shown})")
            self.signal(signal.SIGKILL)
            await self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal that ends it for good."""
        self._ending = True
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _one_life(self) -> int:
        self.log.forget()
        command, environ = self.part.command, self.part.environ
        self._process = await process.start_piped(command, environ, self._home, self.part.keeps_open)
        if self._ending:  # while it was being started
            self.signal(signal.SIGTERM)
        assert self._process.stdout is not None  # noqa: S101 # a pipe was asked for
        hearing = asyncio.create_task(self._hear(self._process.stdout))
        code = await self._process.wait()
        await asyncio.wait({hearing}, timeout=2)
        hearing.cancel()
        return code

    async def _hear(self, stream: asyncio.StreamReader) -> None:
        while True:
            try:
                raw = await stream.readline()
            except ValueError:
                continue  # a line of more than 64 KiB: left out
            if not raw:
                return
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if not self.was_ready:
                self.ready_url = heard_url(self.ready_url, line)
            if trouble := self.log.add(line):
                self._terminal.say(f"{self.log_shown} cannot be written: {trouble}; the system keeps running")
            self._terminal.log(self.part.name, line)

    def _delay_after(self, code: int, how: str) -> float:
        if code == 2 and (faults := self.log.settings_faults()):
            raise SettingsError(faults)
        delay = next_delay(self._deaths, time.monotonic()) if self.was_ready else None
        if delay is None and not self.was_ready and (why := self.part.explain(self.log.lines)):
            raise RunError(f"{why} (the whole log: {self.log_shown})")
        if delay is None:
            when = "again and again" if self.was_ready else "before it was ready"
            raise RunError(
                f"{self.part.name} {how} {when}; it said: {self.log.last_words} "
                f"(the whole log: {self.log_shown})"
            )
        return delay


def next_delay(deaths: list[float], now: float) -> float | None:
    """Add a death and return the seconds to wait before the next start, None to give up.

    Deaths more than two minutes ago do not count.
    """
    deaths[:] = [*(at for at in deaths if now - at < _FORGIVEN_AFTER_S), now]
    return _BACKOFF.pause(len(deaths)) if len(deaths) <= _DEATHS_AT_MOST else None
