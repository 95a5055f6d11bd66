"""The subscription at Avito, whether the system has followed it, and the command that shows both."""

import asyncio
import time

from avito_live.webhook_setup.context import FAILED, NO_REDIS, CommandContext
from shared import masking
from shared.wires import heartbeat
from worker.avito.errors import AvitoError
from worker.sync.subscription.watcher import ListedUrls, listed_urls

FOLLOWS_WITHIN_S = 8.0


async def ask(context: CommandContext) -> ListedUrls:
    """Ask Avito for the subscriptions. Raises AvitoError."""
    return listed_urls(await context.avito.subscriptions(), context.address)


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
    if not facts or not await heartbeat.live_processes(context.redis, "worker"):
        context.tell("mode_unknown")
        return
    while facts.get("mode") != wanted and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        facts = await context.facts()
    _tell_mode(context, facts)


def _tell_mode(context: CommandContext, facts: dict[str, str]) -> None:
    if facts.get("mode") == "webhook":
        context.good("mode_webhook")
    else:
        context.tell("mode_polling" if "mode" in facts else "mode_unknown", reason=facts.get("reason", ""))


async def show_status(context: CommandContext) -> int:
    """`status`: print the subscription and the state of the system, and return the exit code."""
    if context.address.url:
        context.tell_address()
    else:
        context.warn("no_address")
    result = 0
    try:
        tell(context, await ask(context))
    except AvitoError as error:
        context.bad("avito_error", error=error)
        result = FAILED
    if context.redis_trouble:
        raise context.stop(NO_REDIS, "no_redis", error=context.redis_trouble)
    facts = await context.facts()
    wanted = {"1": "yes", "0": "no"}.get(facts.get("wanted", ""), "unknown")
    context.tell("line_wanted", value=context.word(wanted))
    _tell_mode(context, facts)
    last = facts.get("last_webhook_at")
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(last))) if last else context.word("never")
    context.tell("line_last", value=at)
    return result
