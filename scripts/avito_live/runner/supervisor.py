"""Starts the parts of a run, watches them together, and ends them in order, gateway first, Redis last."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from avito_live.runner.errors import RunError
from avito_live.runner.folders import Folders
from avito_live.runner.part_process import PartProcess
from avito_live.runner.parts import Part
from avito_live.runner.readiness import wait_until_ready
from avito_live.runner.terminal import Terminal

_ORDER_OF_THE_END = ("gateway", "worker", "simulator", "ingest", "redis")
_READY_WITHIN_S = 90.0
_LOADED_WITHIN_S = 600.0


class Supervisor:
    """The parts that run until `end`. `failed` has an error once a part was given up."""

    def __init__(self, folders: Folders, terminal: Terminal) -> None:
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._folders = folders
        self._terminal = terminal
        self._parts: dict[str, PartProcess] = {}
        self._lives: list[asyncio.Task[None]] = []

    def start(self, part: Part) -> None:
        """Start a part and keep it running."""
        running = PartProcess(part, self._folders, self._terminal)
        self._parts[part.name] = running
        self._lives.append(asyncio.create_task(self._guarded(running.live())))

    async def ready(self, *names: str) -> None:
        """Wait until these parts are ready. Raises RunError, naming one that is not."""
        for name in names:
            running = self._parts[name]
            within_s = _LOADED_WITHIN_S if name == "redis" else _READY_WITHIN_S
            if trouble := await wait_until_ready(running.part.ready_url, within_s):
                log = running.log_shown
                raise RunError(f"{name} is not ready after {within_s:g} s: {trouble} (log: {log})")
            running.was_ready = True

    async def end(self) -> None:
        """End all parts cleanly, in order."""
        for name in _ORDER_OF_THE_END:
            if name in self._parts:
                await self._parts[name].end()
        await asyncio.gather(*self._lives, return_exceptions=True)
        for running in self._parts.values():
            running.close()

    def kill(self) -> None:
        """Kill all parts."""
        for running in self._parts.values():
            running.kill()

    async def _guarded(self, life: Coroutine[Any, Any, None]) -> None:
        try:
            await life
        except Exception as hopeless:  # noqa: BLE001 # the launcher raises it
            if not self.failed.done():
                self.failed.set_exception(hopeless)
