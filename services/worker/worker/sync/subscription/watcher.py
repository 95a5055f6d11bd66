"""Looks at the subscriptions that Avito lists, and puts ours back where no other product has taken it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from shared.accounts import webhook_secrets
from shared.accounts.webhook_secrets import Rotation
from shared.masking import host_of
from shared.wires import heartbeat
from worker.accounts.context import AccountContext
from worker.avito.client import AvitoClient
from worker.avito.errors import AvitoError, BadRequest
from worker.avito.rate_limit import Priority
from worker.avito.responses import Subscription
from worker.settings import WebhookAddress
from worker.sync.intervals import SyncIntervals
from worker.sync.subscription.mode import Listed
from worker.sync.subscription.switch import LoopSignals
from worker.sync.subscription.sync_state import SyncState

log = logging.getLogger("worker.watch")

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class ListedUrls:
    """The URLs that Avito lists. `proving`, `stale`: ours, with a secret that is valid now or no longer."""

    proving: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def ours(self) -> tuple[str, ...]:
        """All URLs that lead to us."""
        return self.proving + self.stale

    @property
    def listed(self) -> Listed:
        """Whose URL it is. A stale one brings only unverified webhooks, so it does not count as ours."""
        return "ours" if self.proving else "another" if self.others else "none"

    @property
    def host(self) -> str:
        """The host of another product, where its URL is listed and ours is not."""
        return host_of(self.others[0]) if self.listed == "another" else ""


def listed_urls(subscriptions: Sequence[Subscription], address: WebhookAddress) -> ListedUrls:
    """Sort the listed URLs by whose they are. Pure."""
    urls = [subscription.url for subscription in subscriptions]
    here = [url for url in urls if address.is_here(url)]
    return ListedUrls(
        tuple(url for url in here if url in address.ours),
        tuple(url for url in here if url not in address.ours),
        tuple(url for url in urls if url not in here),
    )


def accepted_by_all(address: WebhookAddress, living: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the first of our URLs that every living ingest accepts; None where there is none. Pure."""
    proven = [set(facts["proves"]) for facts in living if isinstance(facts.get("proves"), list)]
    for url, secret in zip(address.ours, address.secrets, strict=False):
        if proven and all(webhook_secrets.fingerprint(secret) in marks for marks in proven):
            return url
    return None


@dataclass(slots=True)
class SubscriptionWatcher:
    """The watcher of one account. `update_mode` is awaited after each look, before any repair.

    `unwanted`: a URL that we put back and that the owner may not want by now.
    """

    account: AccountContext
    state: SyncState
    address: WebhookAddress
    intervals: SyncIntervals
    signals: LoopSignals
    update_mode: Callable[[], Awaitable[None]]
    tries: int = 0
    tried_at: float = 0.0
    unwanted: str = ""

    async def watch_for_ever(self) -> None:
        """Look every WATCH_INTERVAL_S, and at once when signalled. Raises RedisError."""
        if not self.address.url:
            await asyncio.Event().wait()
        while True:
            await self.look()
            await asyncio.sleep(self.intervals.tick_s)
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    self.signals.look.wait(), self.intervals.watch_s - self.intervals.tick_s
                )

    async def look(self) -> None:
        """Ask for the list; subscribe where our URL is wanted and gone, or has an older secret."""
        self.signals.look.clear()
        client = self.account.avito.at(Priority.OPERATOR, PATIENCE_S)
        began = time.monotonic()
        try:
            rotation = await webhook_secrets.load(self.account.redis)
            address = self._proving(rotation)
            listed = await self._ask(client, address)
        except AvitoError as error:
            log.warning("worker.watch.no_list", extra={"reason": str(error)})
            return
        finally:
            self.signals.looked_at = began
        if listed is None:
            return
        await self.update_mode()
        if listed.listed == "ours":
            if began - self.tried_at > self.intervals.calm_s:
                self.tries = 0
            await self._take_back_later(client)
        is_in_hand = rotation is not None and rotation.is_in_progress(self.account.clock())
        if not is_in_hand and address.url not in listed.proving and not listed.others:
            await self._give(client, address, listed)

    async def _take_back_later(self, client: AvitoClient) -> None:
        """Unsubscribe what could not be unsubscribed when it was put back."""
        try:
            if self.unwanted:
                await self._take_back(client, self.unwanted)
        except AvitoError as error:
            log.warning("worker.watch.not_taken_back", extra={"reason": str(error)})

    def _proving(self, rotation: Rotation | None) -> WebhookAddress:
        """Return our URLs with the secrets that are valid now: they may have changed since the start."""
        secrets = webhook_secrets.accepted_secrets(self.address.secrets, rotation, self.account.clock())
        return self.address.proving(secrets)

    async def _ask(self, client: AvitoClient, address: WebhookAddress) -> ListedUrls | None:
        """Note what Avito lists; None when another worker has the lease by now."""
        listed = listed_urls(await client.subscriptions(), address)
        noted = await self.state.note_listing(listed.listed, listed.host, self.account.clock())
        return listed if noted else None

    async def _wanted(self) -> bool | None:
        return (await self.state.read(0.0)).wanted

    async def _give(self, client: AvitoClient, address: WebhookAddress, listed: ListedUrls) -> None:
        """Subscribe if that is wanted, with growing pauses while it does not last."""
        if not await self._wanted():
            return
        url = accepted_by_all(
            address, (await heartbeat.live_processes(self.account.redis, "ingest")).values()
        )
        if url is None and listed.proving:
            return
        url = url or address.url
        if url in listed.proving or time.monotonic() - self.tried_at < self.intervals.put_back_after_s(
            self.tries
        ):
            return
        self.tries, self.tried_at = self.tries + 1, time.monotonic()
        log.warning("worker.watch.putting_back", extra={"try": self.tries})
        self.unwanted = url
        try:
            with suppress(BadRequest):  # it may be listed already: the list shows
                await client.subscribe(url)
            await self._take_back(client, url)
            after = await self._ask(client, address)
            if after is not None and url in after.proving:
                for older in set(after.ours) - {url}:
                    await client.unsubscribe(older)
        except AvitoError as error:
            log.warning("worker.watch.not_put_back", extra={"reason": str(error)})
            self.signals.look.set()  # the outcome is not known
            return
        if after:
            await self.update_mode()

    async def _take_back(self, client: AvitoClient, url: str) -> None:
        """Unsubscribe a URL that we put back, if the owner no longer wants it.

        Without a record of a wish it stays: Redis was emptied meanwhile, and what is listed is adopted.
        """
        if await self._wanted() is False:
            log.warning("worker.watch.unwanted_by_now")
            await client.unsubscribe(url)
        self.unwanted = ""
