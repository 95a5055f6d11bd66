"""Looks at what stands at Avito, and puts our subscription back where nobody else stands."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from shared.accounts import webhook_secrets
from shared.accounts.webhook_secrets import Rotation
from shared.process import heartbeat
from worker.accounts.context import AccountContext
from worker.avito.budget import Priority
from worker.avito.client import AvitoClient
from worker.avito.errors import AvitoError, BadRequest
from worker.avito.replies import Subscription
from worker.settings import WebhookAddress, host_of
from worker.sync.intervals import SyncIntervals
from worker.sync.subscription.mode import Listed
from worker.sync.subscription.signals import LoopSignals
from worker.sync.subscription.sync_state import SyncState

log = logging.getLogger("worker.watch")

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands at Avito. `proving`, `stale`: URLs of ours, by whether their secret proves now."""

    proving: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def ours(self) -> tuple[str, ...]:
        """All that lead to us."""
        return self.proving + self.stale

    @property
    def listed(self) -> Listed:
        """Whose URL stands there; a stale one brings nothing that proves, so it is none."""
        return "ours" if self.proving else "another" if self.others else "none"

    @property
    def host(self) -> str:
        """Another product's host, where that is what stands there."""
        return host_of(self.others[0]) if self.listed == "another" else ""


def standing(subscriptions: Sequence[Subscription], address: WebhookAddress) -> Standing:
    """Tell whose URLs stand at Avito. Pure."""
    urls = [subscription.url for subscription in subscriptions]
    here = [url for url in urls if address.is_here(url)]
    return Standing(
        tuple(url for url in here if url in address.ours),
        tuple(url for url in here if url not in address.ours),
        tuple(url for url in urls if url not in here),
    )


def taken_by_all(address: WebhookAddress, living: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the first of our URLs that every living ingest takes; None: there is none. Pure."""
    proven = [set(facts["proves"]) for facts in living if isinstance(facts.get("proves"), list)]
    for url, secret in zip(address.ours, address.secrets, strict=False):
        if proven and all(webhook_secrets.fingerprint(secret) in marks for marks in proven):
            return url
    return None


@dataclass(slots=True)
class Watch:
    """One account's. `judge` is awaited after each look, so that what was seen holds before it is mended.

    `unwanted`: a URL that we put back and that may be unwanted by now.
    """

    work: AccountContext
    board: SyncState
    address: WebhookAddress
    pace: SyncIntervals
    signals: LoopSignals
    judge: Callable[[], Awaitable[None]]
    tries: int = 0
    tried_at: float = 0.0
    unwanted: str = ""

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
        """Ask what stands there; give Avito our URL where it is wanted and gone, or has an older secret."""
        self.signals.look.clear()
        client = self.work.avito.at(Priority.OPERATOR, PATIENCE_S)
        began = time.monotonic()
        try:
            rotation = await webhook_secrets.load(self.work.redis)
            address = self._proving(rotation)
            stands = await self._ask(client, address)
        except AvitoError as error:
            log.warning("worker.watch.no_list", extra={"reason": str(error)})
            return
        finally:
            self.signals.looked_at = began
        if stands is None:
            return
        await self.judge()
        if stands.listed == "ours":
            if began - self.tried_at > self.pace.calm_s:
                self.tries = 0
            await self._take_back_later(client)
        is_in_hand = rotation is not None and rotation.is_settling(self.work.clock())
        if not is_in_hand and address.url not in stands.proving and not stands.others:
            await self._give(client, address, stands)

    async def _take_back_later(self, client: AvitoClient) -> None:
        """Take back what could not be taken back when it was put there."""
        try:
            if self.unwanted:
                await self._take_back(client, self.unwanted)
        except AvitoError as error:
            log.warning("worker.watch.not_taken_back", extra={"reason": str(error)})

    def _proving(self, rotation: Rotation | None) -> WebhookAddress:
        """Return our URLs with the secrets that prove now: they may have been changed since we started."""
        secrets = webhook_secrets.accepted(self.address.secrets, rotation, self.work.clock())
        return self.address.proving(secrets)

    async def _ask(self, client: AvitoClient, address: WebhookAddress) -> Standing | None:
        """Write down what stands there; None when another worker watches by now."""
        stands = standing(await client.subscriptions(), address)
        noted = await self.board.note_listing(stands.listed, stands.host, self.work.clock())
        return stands if noted else None

    async def _is_wanted(self) -> bool:
        return bool((await self.board.read(0.0)).wanted)

    async def _give(self, client: AvitoClient, address: WebhookAddress, stands: Standing) -> None:
        """Subscribe if that is wanted, with growing pauses while it does not last."""
        if not await self._is_wanted():
            return
        url = taken_by_all(address, (await heartbeat.living(self.work.redis, "ingest")).values())
        if url is None and stands.proving:
            return
        url = url or address.url
        if url in stands.proving or time.monotonic() - self.tried_at < self.pace.put_back_after_s(self.tries):
            return
        self.tries, self.tried_at = self.tries + 1, time.monotonic()
        log.warning("worker.watch.putting_back", extra={"try": self.tries})
        self.unwanted = url
        try:
            with suppress(BadRequest):  # it may stand there already: the list tells
                await client.subscribe(url)
            await self._take_back(client, url)
            after = await self._ask(client, address)
            if after is not None and url in after.proving:
                for older in set(after.ours) - {url}:
                    await client.unsubscribe(older)
        except AvitoError as error:
            log.warning("worker.watch.not_put_back", extra={"reason": str(error)})
            self.signals.look.set()  # what became of it is not known
            return
        if after:
            await self.judge()

    async def _take_back(self, client: AvitoClient, url: str) -> None:
        """Unsubscribe what we put there if the owner wants it no more; who says so only now takes it away."""
        if not await self._is_wanted():
            log.warning("worker.watch.unwanted_by_now")
            await client.unsubscribe(url)
        self.unwanted = ""
