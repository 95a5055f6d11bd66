"""The subscription at Avito, and whether the system has followed it."""

import asyncio
import time

from avito_live.webhook_setup import urls
from avito_live.webhook_setup.context import CommandContext
from shared.wires import heartbeat
from worker.settings import WebhookAddress
from worker.sync.subscription.watcher import ListedUrls, listed_urls

FOLLOWS_WITHIN_S = 8.0


async def ask(context: CommandContext, address: WebhookAddress | None = None) -> ListedUrls:
    """Ask Avito for the subscriptions. Raises AvitoError."""
    return listed_urls(await context.avito.subscriptions(), address or context.address)


def tell(context: CommandContext, stands: ListedUrls) -> None:
    """Print the subscriptions; of another product's URL only the host."""
    if stands.proving:
        context.tell("stands_ours")
    elif stands.stale:
        context.warn("stands_stale")
    for url in stands.others:
        context.tell("stands_other", host=urls.host_of(url))
    if not stands.ours and not stands.others:
        context.tell("stands_none")


async def tell_mode(context: CommandContext, wanted: str) -> None:
    """Wait a few seconds until the running system has followed, and print its mode."""
    deadline = time.monotonic() + FOLLOWS_WITHIN_S
    facts = await context.facts()
    if not facts or not await _is_alive(context):
        context.tell("mode_unknown")
        return
    while facts.get("mode") != wanted and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        facts = await context.facts()
    if facts.get("mode") == "webhook":
        context.good("mode_webhook")
    else:
        context.tell("mode_polling", reason=facts.get("reason", ""))


async def _is_alive(context: CommandContext) -> bool:
    return bool(await heartbeat.live_processes(context.redis, "worker"))
