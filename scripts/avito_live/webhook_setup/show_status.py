"""`status`: shows the subscription at Avito and the state of the running system."""

import time

from avito_live.webhook_setup import subscription_state, urls
from avito_live.webhook_setup.context import FAILED, NO_REDIS, OK, CommandContext
from worker.avito.errors import AvitoError


async def show_status(context: CommandContext) -> int:
    """Print the status and return the exit code."""
    if context.address.url:
        context.tell("webhook_is", url=urls.masked(context.address.url))
    else:
        context.warn("no_address")
    result = OK
    try:
        subscription_state.tell(context, await subscription_state.ask(context))
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
