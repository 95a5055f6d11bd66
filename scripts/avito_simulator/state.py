"""Keeps the data in a JSON file, so that the next start has the same chats."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import MsgspecError, Struct, json

from avito_simulator.background import running
from avito_simulator.demo.cast import StoryProgress
from avito_simulator.demo.live import Demo
from avito_simulator.model import Chat, Message
from avito_simulator.simulator import Simulator
from avito_simulator.world import NotThereError, RefusedError

EVERY_S = 2.0

log = logging.getLogger("avito_simulator")


class State(Struct):
    """The content of the file. `demo`: the progress of each chat's story; `runs`: how often it was loaded."""

    runs: int
    chats: list[Chat]
    messages: list[Message]
    blacklist: list[tuple[int, int]]
    subscriptions: list[str]
    demo: dict[str, StoryProgress]


class StateFile:
    """One file with everything that lasts but the uploads."""

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
        try:
            async with running(self._save_often()):
                yield
        finally:
            self.save()

    def load(self) -> None:
        """Load the file if it exists; an unreadable one is renamed, not lost."""
        try:
            self._apply(json.decode(self._path.read_bytes(), type=State))
        except (FileNotFoundError, NotADirectoryError):
            return
        except (MsgspecError, NotThereError, RefusedError) as error:
            aside = self._path.with_name(f"{self._path.name}.unreadable")
            self._path.replace(aside)
            self._sim.world.clear()
            log.warning("state.unreadable: %s; kept as %s, starting empty", error, aside.name)

    def save(self) -> None:
        """Write the file atomically, if something has changed."""
        world, urls = self._sim.world, self._sim.delivery.urls
        if (mark := (world.revision, urls)) == self._written:
            return
        state = State(
            self._runs,
            list(world.chats.values()),
            world.messages(),
            list(world.blacklist.items()),
            urls,
            self._demo.cast.places if self._demo else {},
        )
        partial = self._path.with_name(f"{self._path.name}.partial")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(json.encode(state))
            partial.replace(self._path)
        except OSError as error:
            # The data stays in memory, and the next round tries again.
            log.warning("state.unwritable: %s", error)
        else:
            self._written = mark

    async def _save_often(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            self.save()

    def _apply(self, given: State) -> None:
        world = self._sim.world
        for chat in given.chats:
            world.add_chat(chat)
        for message in given.messages:
            world.add(message)
        for buyer_id, reason_id in given.blacklist:
            world.block(buyer_id, reason_id)
        self._sim.delivery.urls = given.subscriptions
        if self._demo is not None:
            self._demo.cast.load(given.demo)
        self._runs = given.runs + 1
        # The same seed would give ids that are already taken.
        self._sim.reseed(f" run {self._runs}")
