"""The subscription at Avito, and whether the system has followed it."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from avito_live.webhook_setup.context import CommandContext
from shared import masking
from shared.accounts import webhook_secrets
from shared.process.shutdown import run_to_completion
from shared.status import read_status
from shared.wires import heartbeat
from worker.sync.subscription.watcher import ListedUrls, listed_urls

FOLLOWS_WITHIN_S = 8.0
_ANSWERED_WITHIN_S = 15.0


async def ask(context: CommandContext) -> ListedUrls:
    """Ask Avito for the subscriptions. Raises AvitoError."""
    return listed_urls(await context.avito.subscriptions(), context.address)


def is_refused(context: CommandContext, ingests: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell by their heartbeats whether a running ingest does not accept the secret of our URL. Pure."""
    if not context.address.secrets:
        return False
    mark = webhook_secrets.fingerprint(context.address.secrets[0])
    return any(mark not in facts.get("proves", (mark,)) for facts in ingests.values())


async def give(context: CommandContext) -> None:
    """Subscribe our URL. Raises AvitoError.

    An interruption waits for the answer: a request that is on its way would undo what is put back meanwhile.
    """
    await run_to_completion(context.avito.subscribe(context.address.url), _ANSWERED_WITHIN_S)


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
    if context.redis_trouble or not await heartbeat.live_processes(context.redis, "worker"):
        context.tell("mode_unknown")
        return
    deadline = time.monotonic() + FOLLOWS_WITHIN_S
    while (now := await read_status(context.redis, time.time()))["mode"] != wanted:
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(0.2)
    if now["mode"] == "webhook":
        context.good("mode_webhook")
    else:
        context.tell("mode_polling" if now["mode"] else "mode_unknown", reason=now["reason"] or "")
