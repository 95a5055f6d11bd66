"""Keeps the data in a JSON file, so that the next start has the same chats."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from msgspec import ValidationError, convert

from avito_simulator.demo.live import Demo
from avito_simulator.model import Chat, Message
from avito_simulator.simulator import Simulator
from avito_simulator.world import WorldError

EVERY_S = 2.0

log = logging.getLogger("avito_simulator")


class StateFile:
    """One file: chats, messages, blacklist, subscriptions, progress of the demo."""

    def __init__(self, path: Path, sim: Simulator, demo: Demo | None) -> None:
        self._path = path
        self._sim = sim
        self._demo = demo
        self._runs = 1
        self._written: object = None

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Load the file; save it every few seconds if something changed, and at the end."""
        self.load()
        task = asyncio.create_task(self._save_often())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self.save()

    def load(self) -> None:
        """Load the file if it exists; an unreadable one is renamed, not lost."""
        try:
            given = json.loads(self._path.read_text("utf-8"))
            self._apply(given)
        except (FileNotFoundError, NotADirectoryError):
            return
        except (ValueError, TypeError, LookupError, WorldError, ValidationError) as error:
            aside = self._path.with_name(f"{self._path.name}.unreadable")
            self._path.replace(aside)
            self._sim.world.clear()
            log.warning("state.unreadable: %s; kept as %s, starting empty", error, aside.name)

    def save(self) -> None:
        """Write the file atomically, if something has changed."""
        mark = (self._sim.world.revision, self._sim.subscriptions.urls())
        if mark == self._written:
            return
        try:
            self._write()
        except OSError as error:
            # The data stays in memory, and the next round tries again.
            log.warning("state.unwritable: %s", error)
        else:
            self._written = mark

    async def _save_often(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            self.save()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(f"{self._path.name}.partial")
        partial.write_text(json.dumps(self._state(), ensure_ascii=False), "utf-8")
        partial.replace(self._path)

    def _state(self) -> dict[str, Any]:
        world = self._sim.world
        return {
            "runs": self._runs,
            "chats": [asdict(chat) for chat in world.chats.values()],
            "messages": [asdict(message) for message in world.messages()],
            "blacklist": list(world.blacklist.items()),
            "subscriptions": self._sim.subscriptions.urls(),
            "demo": self._demo.cast.as_json() if self._demo else {},
        }

    def _apply(self, given: dict[str, Any]) -> None:
        world = self._sim.world
        for chat in convert(given["chats"], list[Chat]):
            world.add_chat(chat)
        for message in convert(given["messages"], list[Message]):
            world.add(message)
        for buyer_id, reason_id in given["blacklist"]:
            world.block(buyer_id, reason_id)
        self._sim.subscriptions.replace_all(given["subscriptions"])
        if self._demo is not None:
            self._demo.cast.load(given["demo"])
        self._runs = given["runs"] + 1
        # The same seed would give ids that are already taken.
        self._sim.reseed(f" run {self._runs}")
