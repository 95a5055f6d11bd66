"""`unsubscribe`: the owner's word first, then ours is taken from Avito, and nothing else."""

from webhook_setup import subscription_state
from webhook_setup.context import FAILED, NO_REDIS, OK, SETTINGS, Desk
from worker.avito.errors import AvitoError


async def unsubscribe(desk: Desk) -> int:
    """Switch the webhook off; returns the exit code. Safe to repeat."""
    if not desk.address.url:
        desk.bad("no_address")
        return SETTINGS
    if desk.redis_trouble:
        desk.bad("no_redis", error=desk.redis_trouble)
        if not desk.forced:
            desk.tell("no_redis_unsubscribe")
            return NO_REDIS
    await desk.want(wanted=False)
    try:
        before = await subscription_state.ask(desk)
        for url in before.ours:
            await desk.avito.unsubscribe(url)
        after = await subscription_state.ask(desk) if before.ours else before
    except AvitoError as error:
        desk.bad("avito_error", error=error)
        await subscription_state.tell_mode(desk, "polling")
        return FAILED
    if after.ours:
        desk.bad("still_stands")
        return FAILED
    desk.good("unsubscribed" if before.ours else "nothing_of_ours")
    subscription_state.tell(desk, after)
    await subscription_state.tell_mode(desk, "polling")
    return OK
