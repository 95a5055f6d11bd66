"""Subscribes (checks the URL, asks, verifies, undoes it on failure) and unsubscribes."""

import asyncio

from avito_live.webhook_setup import subscription_state, urls
from avito_live.webhook_setup.context import FAILED, NO_REDIS, OK, REFUSED, SETTINGS, CommandContext
from avito_live.webhook_setup.probe import BUDGET_MS, probe
from shared import masking
from shared.process.shutdown import run_to_completion
from worker.avito.errors import AvitoError
from worker.sync.subscription.watcher import ListedUrls

_UNDONE_WITHIN_S = 60.0


async def subscribe(context: CommandContext) -> int:
    """Subscribe and return the exit code. Safe to repeat."""
    if not context.address.url:
        context.bad("no_address")
        return SETTINGS
    context.tell("webhook_is", url=masking.masked_url(context.address.url))
    if context.redis_trouble:
        context.bad("no_redis", error=context.redis_trouble)
        if not context.forced:
            return NO_REDIS
    if not await _may_be_reached(context) or not await _answers(context):
        context.bad("refused")
        return REFUSED
    try:
        before = await subscription_state.ask(context)
        subscription_state.tell(context, before)
        if not _may_take_over(context, before):
            context.bad("refused")
            return REFUSED
        return await subscribe_and_verify(context, before)
    except AvitoError as error:
        context.bad("avito_error", error=error)
        return FAILED


async def unsubscribe(context: CommandContext) -> int:
    """Store that no webhook is wanted, remove our subscription and no other, return the exit code.

    Safe to repeat.
    """
    if not context.address.url:
        context.bad("no_address")
        return SETTINGS
    if context.redis_trouble:
        context.bad("no_redis", error=context.redis_trouble)
        if not context.forced:
            context.tell("no_redis_unsubscribe")
            return NO_REDIS
    await context.want(wanted=False)
    try:
        before = await subscription_state.ask(context)
        for url in before.ours:
            await context.avito.unsubscribe(url)
        after = await subscription_state.ask(context) if before.ours else before
    except AvitoError as error:
        context.bad("avito_error", error=error)
        await subscription_state.tell_mode(context, "polling")
        return FAILED
    if after.ours:
        context.bad("still_stands")
        return FAILED
    context.good("unsubscribed" if before.ours else "nothing_of_ours")
    subscription_state.tell(context, after)
    await subscription_state.tell_mode(context, "polling")
    return OK


async def _may_be_reached(context: CommandContext) -> bool:
    """Refuse a URL that Avito cannot reach; an explicit WEBHOOK_URL may be confirmed."""
    url = context.address.url
    found = urls.problems(url, await urls.look_up(url))
    for one in found:
        (context.warn if context.explicit else context.bad)(one.trouble, host=one.host, address=one.address)
    if not found:
        return True
    if not context.explicit:
        return False
    if not context.confirm("confirm_url"):
        context.tell("how_to_force")
        return False
    context.warn("taken_as_it_is")
    return True


async def _answers(context: CommandContext) -> bool:
    """Post `{}` to our own public URL; a failure may be confirmed, since it may work from outside."""
    came = await probe(context.address.url)
    if came.ok:
        context.good("probe_ok", status=came.status, ms=round(came.ms), budget=BUDGET_MS)
        return True
    if came.status is None:
        context.bad("probe_silent", error=came.error)
    elif came.status != 200 or not came.is_ours:
        context.bad("probe_status", status=came.status)
    else:
        context.bad("probe_slow", ms=round(came.ms), budget=BUDGET_MS)
    return context.confirm("confirm_unreachable")


def _may_take_over(context: CommandContext, before: ListedUrls) -> bool:
    """Ask before another product loses its subscription."""
    for url in before.others:
        host = masking.host_of(url)
        if not context.confirm("confirm_takeover", host=host):
            return False
        context.warn("takeover_forced", host=host)
    return True


async def subscribe_and_verify(context: CommandContext, before: ListedUrls) -> int:
    """Subscribe, verify it in Avito's list, and restore the former subscription on failure."""
    if context.address.url in before.ours:
        context.good("already")
    else:
        verified = False
        try:
            await _give(context)
            verified = await _stands(context)
        finally:
            if not verified:
                await run_to_completion(restore(context, before), _UNDONE_WITHIN_S)
        if not verified:
            context.bad("not_verified")
            return FAILED
        context.good("subscribed")
    await take_older_away(context, before)
    await context.want(wanted=True)
    await subscription_state.tell_mode(context, "webhook")
    return OK


async def _give(context: CommandContext) -> None:
    try:
        await context.avito.subscribe(context.address.url)
    except AvitoError as error:  # it may be subscribed all the same: the list shows it
        context.warn("avito_error", error=error)


async def take_older_away(context: CommandContext, before: ListedUrls) -> None:
    """Remove our URLs with older secrets, if Avito keeps several."""
    older = set(before.ours) - {context.address.url}
    if not older:
        return
    try:
        for url in older & set((await subscription_state.ask(context)).ours):
            await context.avito.unsubscribe(url)
    except AvitoError as error:
        context.warn("avito_error", error=error)


async def _stands(context: CommandContext) -> bool:
    """Look for our URL in Avito's list, up to three times if Avito does not answer."""
    for pause in (0.0, 1.0, 3.0):
        await asyncio.sleep(pause)
        try:
            return context.address.url in (await subscription_state.ask(context)).ours
        except AvitoError as error:
            context.warn("avito_error", error=error)
    return False


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
