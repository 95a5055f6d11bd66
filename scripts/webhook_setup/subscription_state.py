"""What stands at Avito, said in words; and how the system follows."""

import asyncio
import time

from shared.process import heartbeat
from webhook_setup import mask
from webhook_setup.context import Desk
from worker.settings import WebhookAddress
from worker.sync.subscription.watcher import ListedUrls, listed_urls

FOLLOWS_WITHIN_S = 8.0


async def ask(desk: Desk, address: WebhookAddress | None = None) -> ListedUrls:
    """Ask Avito. Raises AvitoError."""
    return listed_urls(await desk.avito.subscriptions(), address or desk.address)


def tell(desk: Desk, stands: ListedUrls) -> None:
    """Say what stands there; another product's URL by its host only."""
    if stands.proving:
        desk.tell("stands_ours")
    elif stands.stale:
        desk.warn("stands_stale")
    for url in stands.others:
        desk.tell("stands_other", host=mask.host_of(url))
    if not stands.ours and not stands.others:
        desk.tell("stands_none")


async def tell_mode(desk: Desk, wanted: str) -> None:
    """Wait a little for the running system to follow, and say its mode."""
    deadline = time.monotonic() + FOLLOWS_WITHIN_S
    facts = await desk.facts()
    if not facts or not await _is_alive(desk):
        desk.tell("mode_unknown")
        return
    while facts.get("mode") != wanted and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        facts = await desk.facts()
    if facts.get("mode") == "webhook":
        desk.good("mode_webhook")
    else:
        desk.tell("mode_polling", reason=facts.get("reason", ""))


async def _is_alive(desk: Desk) -> bool:
    return bool(await heartbeat.living(desk.redis, "worker"))
