"""Subscribes (checks the URL, asks, verifies, undoes it on failure) and unsubscribes. Safe to repeat."""

import asyncio

from avito_live.webhook_setup import subscription_state, urls
from avito_live.webhook_setup.context import FAILED, NO_REDIS, REFUSED, CommandContext
from avito_live.webhook_setup.probe import probe
from shared import masking
from shared.process.shutdown import run_to_completion
from shared.wires import heartbeat
from worker.avito.errors import AvitoError
from worker.sync.subscription.watcher import ListedUrls

_UNDONE_WITHIN_S = 60.0


async def subscribe(context: CommandContext) -> None:
    """Subscribe. Raises AvitoError."""
    context.tell_address()
    _need_redis(context, "")
    await _need_ingest_to_accept_it(context)
    if not await _may_be_reached(context) or not await _answers(context):
        raise context.stop(REFUSED, "refused")
    before = await subscription_state.ask(context)
    subscription_state.tell(context, before)
    for host in map(masking.host_of, before.others):
        if not context.confirm("confirm_takeover", host=host):
            raise context.stop(REFUSED, "refused")
        context.warn("takeover_forced", host=host)
    await subscribe_and_verify(context, before)


async def unsubscribe(context: CommandContext) -> None:
    """Store that no webhook is wanted, and remove our subscription and no other. Raises AvitoError."""
    context.tell_address()
    _need_redis(context, "no_redis_unsubscribe")
    await context.want(wanted=False)
    before = await subscription_state.ask(context)
    for url in before.ours:
        await context.avito.unsubscribe(url)
    after = await subscription_state.ask(context) if before.ours else before
    if after.ours:
        raise context.stop(FAILED, "still_stands")
    context.good("unsubscribed" if before.ours else "nothing_of_ours")
    subscription_state.tell(context, after)
    await subscription_state.tell_mode(context, "polling")


def _need_redis(context: CommandContext, hint: str) -> None:
    """End the command without Redis, unless it is forced."""
    if context.redis_trouble:
        stop = context.stop(NO_REDIS, "no_redis", error=context.redis_trouble)
        if not context.forced:
            if hint:
                context.tell(hint)
            raise stop


async def _need_ingest_to_accept_it(context: CommandContext) -> None:
    """End the command where a running ingest was started with another secret: it proves none of ours."""
    if context.redis_trouble:
        return
    if subscription_state.is_refused(context, await heartbeat.live_processes(context.redis, "ingest")):
        raise context.stop(REFUSED, "secret_not_accepted")


async def _may_be_reached(context: CommandContext) -> bool:
    """Refuse a URL that Avito cannot reach; an explicit WEBHOOK_URL may be confirmed."""
    url = context.address.url
    found = urls.problems(url, await urls.look_up(url))
    for one in found:
        (context.warn if context.explicit else context.bad)(one.trouble, host=one.host, address=one.address)
    if not found or not context.explicit:
        return not found
    if not context.confirm("confirm_url"):
        context.tell("how_to_force")
        return False
    context.warn("taken_as_it_is")
    return True


async def _answers(context: CommandContext) -> bool:
    """Post `{}` to our own public URL; a failure may be confirmed, since it may work from outside."""
    outcome, values = await probe(context.address.url)
    if outcome == "probe_ok":
        context.good(outcome, **values)
        return True
    context.bad(outcome, **values)
    return context.confirm("confirm_unreachable")


async def subscribe_and_verify(context: CommandContext, before: ListedUrls) -> None:
    """Subscribe, verify it in Avito's list, and restore the former subscription on failure."""
    if context.address.url in before.ours:
        context.good("already")
    else:
        verified = False
        try:
            verified = await _subscribed(context)
        finally:
            if not verified:
                await run_to_completion(restore(context, before), _UNDONE_WITHIN_S)
        if not verified:
            raise context.stop(FAILED, "not_verified")
        context.good("subscribed")
    # At once, so that no interruption leaves a subscription that is not wanted.
    await run_to_completion(context.want(wanted=True), _UNDONE_WITHIN_S)
    await take_older_away(context, before)
    await subscription_state.tell_mode(context, "webhook")


async def _subscribed(context: CommandContext) -> bool:
    """Subscribe, and look for our URL in Avito's list, up to three times if Avito does not answer."""
    try:
        await subscription_state.give(context)
    except AvitoError as error:  # it may be subscribed all the same: the list shows it
        context.warn("avito_error", error=error)
    for pause in (0.0, 1.0, 3.0):
        await asyncio.sleep(pause)
        try:
            return context.address.url in (await subscription_state.ask(context)).ours
        except AvitoError as error:
            context.warn("avito_error", error=error)
    return False


async def take_older_away(context: CommandContext, before: ListedUrls) -> None:
    """Remove our URLs with older secrets, if Avito keeps several."""
    older = set(before.ours) - {context.address.url}
    try:
        for url in older and older & set((await subscription_state.ask(context)).ours):
            await context.avito.unsubscribe(url)
    except AvitoError as error:
        context.warn("avito_error", error=error)


async def restore(context: CommandContext, before: ListedUrls) -> None:
    """Restore the former subscription if it is gone."""
    stood = [*before.ours, *before.others]
    if not stood:
        return
    host = masking.host_of(stood[0])
    try:
        now = await subscription_state.ask(context)
        if stood[0] not in (*now.ours, *now.others):
            await context.avito.subscribe(stood[0])
    except AvitoError as error:
        context.bad("avito_error", error=error)
        context.bad("not_restored", host=host)
    else:
        context.tell("restored", host=host)
