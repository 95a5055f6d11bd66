"""`status`: what stands at Avito, and what the running system says of itself."""

import time

from webhook_setup import mask, subscription_state
from webhook_setup.context import FAILED, NO_REDIS, OK, Desk
from worker.avito.errors import AvitoError


async def show_status(desk: Desk) -> int:
    """Print it; returns the exit code."""
    if desk.address.url:
        desk.tell("webhook_is", url=mask.ours(desk.address.url))
    else:
        desk.warn("no_address")
    result = OK
    try:
        subscription_state.tell(desk, await subscription_state.ask(desk))
    except AvitoError as error:
        desk.bad("avito_error", error=error)
        result = FAILED
    if desk.redis_trouble:
        desk.bad("no_redis", error=desk.redis_trouble)
        return NO_REDIS
    facts = await desk.facts()
    wanted = {"1": "yes", "0": "no"}.get(facts.get("wanted", ""), "unknown")
    desk.tell("line_wanted", value=desk.word(wanted))
    if facts.get("mode") == "webhook":
        desk.good("mode_webhook")
    elif facts.get("mode") == "polling":
        desk.warn("mode_polling", reason=facts.get("reason", ""))
    else:
        desk.warn("mode_unknown")
    last = facts.get("last_webhook_at")
    desk.tell("line_last", value=_clock(float(last)) if last else desk.word("never"))
    desk.tell(
        "line_sweep",
        **{name: facts.get(f"sweep_{name}", "-") for name in ("received", "shown", "missing", "unchecked")},
    )
    return result


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
