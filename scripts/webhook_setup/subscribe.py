"""`setup`: checks everything, asks what has to be asked, subscribes, verifies, restores on failure."""

import asyncio

from webhook_setup import mask, subscription_state, url_check
from webhook_setup.context import FAILED, NO_REDIS, OK, REFUSED, SETTINGS, Desk
from webhook_setup.probe import BUDGET_MS, probe
from worker.avito.errors import AvitoError
from worker.sync.subscription.watcher import ListedUrls


async def subscribe(desk: Desk) -> int:
    """Switch the webhook on; returns the exit code. Safe to repeat."""
    if not desk.address.url:
        desk.bad("no_address")
        return SETTINGS
    desk.tell("webhook_is", url=mask.ours(desk.address.url))
    if desk.redis_trouble:
        desk.bad("no_redis", error=desk.redis_trouble)
        if not desk.forced:
            return NO_REDIS
    if not await _may_be_reached(desk) or not await _answers(desk):
        desk.bad("refused")
        return REFUSED
    try:
        before = await subscription_state.ask(desk)
        subscription_state.tell(desk, before)
        if not _may_take_over(desk, before):
            desk.bad("refused")
            return REFUSED
        return await subscribe_and_verify(desk, before)
    except AvitoError as error:
        desk.bad("avito_error", error=error)
        return FAILED


async def _may_be_reached(desk: Desk) -> bool:
    """Refuse what Avito cannot reach; an explicit WEBHOOK_URL is taken once it was confirmed."""
    url = desk.address.url
    found = url_check.troubles(url, await url_check.look_up(url))
    for one in found:
        (desk.warn if desk.explicit else desk.bad)(one.trouble, host=one.host, address=one.address)
    if not found:
        return True
    if not desk.explicit:
        return False
    if not desk.confirm("confirm_url"):
        desk.tell("how_to_force")
        return False
    desk.warn("taken_as_it_is")
    return True


async def _answers(desk: Desk) -> bool:
    """Post `{}` to our own public URL and measure; what fails from here may be confirmed."""
    came = await probe(desk.address.url)
    if came.ok:
        desk.good("probe_ok", status=came.status, ms=round(came.ms), budget=BUDGET_MS)
        return True
    if came.status is None:
        desk.bad("probe_silent", error=came.error)
    elif came.status != 200 or not came.is_ours:
        desk.bad("probe_status", status=came.status)
    else:
        desk.bad("probe_slow", ms=round(came.ms), budget=BUDGET_MS)
    return desk.confirm("confirm_unreachable")


def _may_take_over(desk: Desk, before: ListedUrls) -> bool:
    """Ask before another product loses the channel."""
    for url in before.others:
        host = mask.host_of(url)
        if not desk.confirm("confirm_takeover", host=host):
            return False
        desk.warn("takeover_forced", host=host)
    return True


async def subscribe_and_verify(desk: Desk, before: ListedUrls) -> int:
    """Subscribe, look whether it stands, put back what was there when it does not."""
    if desk.address.url in before.ours:
        desk.good("already")
    else:
        verified = False
        try:
            await _give(desk)
            verified = await _stands(desk)
        finally:
            if not verified:
                await restore(desk, before)
        if not verified:
            desk.bad("not_verified")
            return FAILED
        desk.good("subscribed")
    await take_older_away(desk, before)
    await desk.want(wanted=True)
    await subscription_state.tell_mode(desk, "webhook")
    return OK


async def _give(desk: Desk) -> None:
    try:
        await desk.avito.subscribe(desk.address.url)
    except AvitoError as error:  # it may stand there all the same: the list tells
        desk.warn("avito_error", error=error)


async def take_older_away(desk: Desk, before: ListedUrls) -> None:
    """Take our URLs with older secrets away, where Avito lets several stand side by side."""
    older = set(before.ours) - {desk.address.url}
    if not older:
        return
    try:
        for url in older & set((await subscription_state.ask(desk)).ours):
            await desk.avito.unsubscribe(url)
    except AvitoError as error:
        desk.warn("avito_error", error=error)


async def _stands(desk: Desk) -> bool:
    """Look into the list, again where Avito does not answer."""
    for pause in (0.0, 1.0, 3.0):
        await asyncio.sleep(pause)
        try:
            return desk.address.url in (await subscription_state.ask(desk)).ours
        except AvitoError as error:
            desk.warn("avito_error", error=error)
    return False


async def restore(desk: Desk, before: ListedUrls) -> None:
    """Put back what stood before, where it is gone."""
    stood = [*before.ours, *before.others]
    if not stood:
        return
    host = mask.host_of(stood[0])
    try:
        now = await subscription_state.ask(desk)
        if stood[0] not in (*now.ours, *now.others):
            await desk.avito.subscribe(stood[0])
    except AvitoError as error:
        desk.bad("avito_error", error=error)
        desk.bad("not_restored", host=host)
    else:
        desk.tell("restored", host=host)
