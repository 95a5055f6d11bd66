"""`unsubscribe`: stores that no webhook is wanted, then removes our subscription and no other."""

from avito_live.webhook_setup import subscription_state
from avito_live.webhook_setup.context import FAILED, NO_REDIS, OK, SETTINGS, CommandContext
from worker.avito.errors import AvitoError


async def unsubscribe(context: CommandContext) -> int:
    """Unsubscribe and return the exit code. Safe to repeat."""
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
