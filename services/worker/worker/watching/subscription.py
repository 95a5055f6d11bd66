"""Looks at what stands at Avito, and puts our subscription back where nobody else stands."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from shared import webhook_secrets
from worker.avito.budget import Priority
from worker.avito.client import AvitoClient
from worker.avito.errors import AvitoError, BadRequest
from worker.avito.replies import Subscription
from worker.context import Work
from worker.settings import Address, host_of
from worker.watching.board import Board
from worker.watching.mode import Listed
from worker.watching.pace import Pace
from worker.watching.signals import Signals

log = logging.getLogger("worker.watch")

PATIENCE_S = 10.0


def standing(subscriptions: Sequence[Subscription], ours: Sequence[str]) -> tuple[Listed, str]:
    """Tell whose URL stands at Avito, and another product's host. Pure."""
    urls = [subscription.url for subscription in subscriptions]
    if any(url in ours for url in urls):
        return "ours", ""
    return ("another", host_of(urls[0])) if urls else ("none", "")


@dataclass(slots=True)
class Watch:
    """One account's. `judge` is awaited after each look, so that what was seen holds before it is mended."""

    work: Work
    board: Board
    address: Address
    pace: Pace
    signals: Signals
    judge: Callable[[], Awaitable[None]]
    tries: int = 0
    tried_at: float = 0.0

    async def watch_for_ever(self) -> None:
        """Look every WATCH_INTERVAL_S, and at once when there is reason to. Raises RedisError."""
        if not self.address.url:
            await asyncio.Event().wait()
        while True:
            await self.look()
            await asyncio.sleep(self.pace.tick_s)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.signals.look.wait(), self.pace.watch_s - self.pace.tick_s)

    async def look(self) -> None:
        """Ask what stands there; put ours back if it is wanted and gone."""
        self.signals.look.clear()
        client = self.work.avito.at(Priority.OPERATOR, PATIENCE_S)
        began = time.monotonic()
        try:
            address = await self._address()
            listed = await self._ask(client, address)
        except AvitoError as error:
            log.warning("worker.watch.no_list", extra={"reason": str(error)})
            return
        finally:
            self.signals.looked_at = began
        await self.judge()
        if listed == "ours":
            if began - self.tried_at > self.pace.calm_s:
                self.tries = 0
        elif listed == "none" and await self._is_wanted():
            await self._put_back(client, address)

    async def _address(self) -> Address:
        """Return our URLs with the secrets that prove now: they may have been changed since we started."""
        rotation = await webhook_secrets.load(self.work.redis)
        return self.address.proving(
            webhook_secrets.accepted(self.address.secrets, rotation, self.work.clock())
        )

    async def _ask(self, client: AvitoClient, address: Address) -> Listed:
        listed, host = standing(await client.subscriptions(), address.ours)
        await self.board.note_listing(listed, host, self.work.clock())
        return listed

    async def _is_wanted(self) -> bool:
        return bool((await self.board.read(0.0)).wanted)

    async def _put_back(self, client: AvitoClient, address: Address) -> None:
        """Subscribe again, with growing pauses while it does not last."""
        if time.monotonic() - self.tried_at < self.pace.put_back_after_s(self.tries):
            return
        self.tries, self.tried_at = self.tries + 1, time.monotonic()
        log.warning("worker.watch.putting_back", extra={"try": self.tries})
        try:
            with suppress(BadRequest):  # it may stand there already: the list tells
                await client.subscribe(address.url)
            await self._ask(client, address)
        except AvitoError as error:
            log.warning("worker.watch.not_put_back", extra={"reason": str(error)})
            return
        await self.judge()
