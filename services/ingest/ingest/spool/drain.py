"""Empties the spool into the inbox when Redis is back: in order, and slower than live traffic."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import BinaryIO

from ingest.metrics import Metrics
from ingest.spool import records
from ingest.spool.folder import Folder, Segment
from shared.wires.inbox import Webhook

log = logging.getLogger("ingest.spool")

BATCH = 50
BATCH_BYTES = 512 * 1024
BATCH_S = 0.025
"""Pause after each batch: at most 2,000 entries a second."""
TICK_S = 0.25
ADOPT_EVERY = 8
"""Ticks between two searches for files that a dead process left."""

Room = Callable[[], int]
"""How many entries may go into the inbox now."""
PutSpooled = Callable[[Webhook], Awaitable[bool]]
"""Puts one webhook into the inbox; False when Redis did not confirm."""


class Drain:
    """Moves spooled webhooks into the inbox. `corrupt`: records that could not be read since the start."""

    def __init__(self, folder: Folder, room: Room, put_spooled: PutSpooled, metrics: Metrics) -> None:
        self.corrupt = 0
        self._metrics = metrics
        self._folder = folder
        self._room = room
        self._put_spooled = put_spooled

    async def run(self) -> None:
        """Adopt and drain until cancelled. A file that is half drained then is drained again as a whole."""
        tick = 0
        while True:
            if tick % ADOPT_EVERY == 0:
                await self._adopt()
            while self._room() and self._folder.entries:
                await self._drain_oldest()
            tick += 1
            await asyncio.sleep(TICK_S)

    async def _adopt(self) -> None:
        adopted = await asyncio.to_thread(self._folder.adopt)
        if adopted:
            log.warning("ingest.spool.adopted", extra={"entries": adopted})

    async def _drain_oldest(self) -> None:
        segment = await asyncio.to_thread(self._folder.oldest)
        if segment is None:
            return
        try:
            await self._drain(segment)
        except OSError as error:
            log.error(  # noqa: TRY400  # the reason is enough
                "ingest.spool.unreadable", extra={"file": segment.path.name, "reason": str(error)}
            )
            await asyncio.to_thread(self._folder.set_aside, segment)

    async def _drain(self, segment: Segment) -> None:
        log.info("ingest.spool.draining", extra={"file": segment.path.name, "entries": segment.entries})
        with segment.path.open("rb") as file:
            while lines := await asyncio.to_thread(_read, file):
                found = [records.decode(line) for line in lines]
                webhooks = [webhook for webhook in found if webhook]
                self._count_corrupt(segment, len(found) - len(webhooks))
                await self._put_all(segment, webhooks)
        await asyncio.to_thread(self._folder.remove, segment)

    async def _put_all(self, segment: Segment, webhooks: list[Webhook]) -> None:
        while webhooks:
            room = self._room()
            stored = await asyncio.gather(*map(self._put_spooled, webhooks[:room]))
            left = [webhook for webhook, done in zip(webhooks, stored, strict=False) if not done]
            webhooks = left + webhooks[room:]
            self._metrics.drained.inc(sum(stored))
            segment.entries = max(0, segment.entries - sum(stored))
            await asyncio.sleep(TICK_S if webhooks else BATCH_S)

    def _count_corrupt(self, segment: Segment, corrupt: int) -> None:
        if corrupt:
            self.corrupt += corrupt
            self._metrics.corrupt.inc(corrupt)
            segment.entries = max(0, segment.entries - corrupt)
            log.error("ingest.spool.corrupt", extra={"file": segment.path.name, "records": corrupt})


def _read(file: BinaryIO) -> list[bytes]:
    """Read the next lines; a line that is too long comes in pieces, none of which is a record."""
    lines: list[bytes] = []
    size = 0
    while len(lines) < BATCH and size < BATCH_BYTES and (line := file.readline(records.LONGEST)):
        lines.append(line)
        size += len(line)
    return lines
