"""The subscription at Avito, whether the system has followed it, and the command that shows both."""

import asyncio
import time

from avito_live.webhook_setup.context import FAILED, NO_REDIS, OK, CommandContext
from shared import masking
from shared.wires import heartbeat
from worker.avito.errors import AvitoError
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
        context.tell("stands_other", host=masking.host_of(url))
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


async def show_status(context: CommandContext) -> int:
    """`status`: print the subscription and the state of the system, and return the exit code."""
    if context.address.url:
        context.tell("webhook_is", url=masking.masked_url(context.address.url))
    else:
        context.warn("no_address")
    result = OK
    try:
        tell(context, await ask(context))
    except AvitoError as error:
        context.bad("avito_error", error=error)
        result = FAILED
    if context.redis_trouble:
        context.bad("no_redis", error=context.redis_trouble)
        return NO_REDIS
    facts = await context.facts()
    wanted = {"1": "yes", "0": "no"}.get(facts.get("wanted", ""), "unknown")
    context.tell("line_wanted", value=context.word(wanted))
    if facts.get("mode") == "webhook":
        context.good("mode_webhook")
    elif facts.get("mode") == "polling":
        context.warn("mode_polling", reason=facts.get("reason", ""))
    else:
        context.warn("mode_unknown")
    last = facts.get("last_webhook_at")
    context.tell("line_last", value=_clock(float(last)) if last else context.word("never"))
    context.tell(
        "line_sweep",
        **{name: facts.get(f"sweep_{name}", "-") for name in ("received", "shown", "missing", "unchecked")},
    )
    return result


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
