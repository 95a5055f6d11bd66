"""The spool for the event loop: many webhooks share one write and one fsync, in a thread."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from ingest.spool import records
from ingest.spool.folder import Folder
from shared.process.supervise import background
from shared.wires.inbox import Webhook

log = logging.getLogger("ingest.spool")

MAX_WAITING = 32 * 1024**2
"""Bytes of bodies that may wait for the disk; when there are more, the disk counts as failed."""
REMIND_EVERY_S = 10.0


class NotSpooledError(Exception):
    """The disk did not take a webhook."""


class Spool:
    """Takes webhooks while Redis does not. `error`: why the last write, or trial, failed, or ''."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.error = ""
        self._thread = ThreadPoolExecutor(1, "spool")
        self._waiting: list[tuple[Webhook, asyncio.Future[None]]] = []
        self._waiting_bytes = 0
        self._writing: asyncio.Task[None] | None = None
        self._reminded = 0.0

    @property
    def healthy(self) -> bool:
        """Whether the disk took what it was last given."""
        return not self.error

    async def append(self, webhook: Webhook) -> None:
        """Return once the webhook is safe on disk; raises NotSpooledError when it is not."""
        if self._waiting_bytes > MAX_WAITING:
            raise NotSpooledError("the disk is too slow")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((webhook, future))
        self._waiting_bytes += len(webhook.body)
        if self._writing is None or self._writing.done():
            self._writing = background(log, "spool", self._write())
        await future

    async def check(self) -> None:
        """Test whether the folder can be written."""
        try:
            await asyncio.to_thread(self.folder.trial)
        except OSError as error:
            self._fail(error)
        else:
            self._recover()

    async def close(self) -> None:
        """Finish the write under way, then release the files."""
        if self._writing:
            await self._writing
        self._thread.shutdown()
        self.folder.close()

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._put, batch)
            except Exception as error:  # noqa: BLE001 - those who wait must hear of any
                self._fail(error)
                _resolve(batch, NotSpooledError(str(error)))
            else:
                self._recover()
                _resolve(batch, None)

    def _put(self, batch: list[tuple[Webhook, asyncio.Future[None]]]) -> None:
        self.folder.append([records.encode(webhook) for webhook, _ in batch])

    def _fail(self, error: Exception) -> None:
        now = time.monotonic()
        if self.healthy or now - self._reminded > REMIND_EVERY_S:
            self._reminded = now
            log.error(
                "ingest.spool.failed: webhooks are refused while Redis is away too",
                extra={"folder": str(self.folder.path), "reason": str(error)},
            )
        self.error = str(error) or type(error).__name__

    def _recover(self) -> None:
        if not self.healthy:
            log.warning("ingest.spool.recovered", extra={"folder": str(self.folder.path)})
        self.error = ""


def _resolve(batch: list[tuple[Webhook, asyncio.Future[None]]], error: NotSpooledError | None) -> None:
    for _, future in batch:
        if future.done():
            continue
        if error:
            future.set_exception(error)
        else:
            future.set_result(None)
