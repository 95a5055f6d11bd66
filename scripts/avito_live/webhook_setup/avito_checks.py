"""Checks on Avito's side: keys, account, rights, tariff, subscription."""

import time
from email.utils import parsedate_to_datetime

import httpx
import orjson

from avito_live.webhook_setup import subscription_state
from avito_live.webhook_setup.context import CommandContext
from avito_live.webhook_setup.row import Row, bad, good, judged, warning
from shared import masking
from shared.accounts import webhook_secrets
from shared.wires import heartbeat
from worker.avito.errors import AvitoError, BadKeys, Forbidden, NotPaid, RateLimited, Unavailable
from worker.messages.kinds import is_tariff_stub

_MOST_SKEW_S = 30.0


async def check(context: CommandContext) -> list[Row]:
    """Return the rows; checks that an earlier problem makes impossible are left out."""
    rows = [await _clock(context)]
    try:
        await context.avito.try_keys()
        account = await context.avito.account()
    except AvitoError as error:
        return [*rows, trouble("token", error)]
    rows.append(good("token", "token_good"))
    if account.id == context.settings.keys.user_id:
        rows.append(good("account", "account_is", name=account.name, id=account.id))
    else:
        rows.append(bad("account", "account_differs", "set_account", id=account.id))
    rows += await _messenger(context)
    try:
        return [*rows, await check_subscription(context)]
    except AvitoError as error:
        return [*rows, trouble("subscription", error)]


def trouble(what: str, error: AvitoError) -> Row:
    """Return the row of a check that Avito's error makes impossible, with the remedy that fits. Pure."""
    match error:
        case BadKeys():
            return bad("token", "token_refused", "new_keys")
        case NotPaid():
            return bad("tariff", "not_paid", "buy")
        case Forbidden():
            return bad("scopes", "cannot_read", "main_account")
        case RateLimited():
            return bad(what, "just", "wait_a_minute", text=error)
        case Unavailable(status=None):
            return bad(what, "no_answer", "check_network", text=error)
    return bad(what, "odd_answer", "avitos_fault", text=error)


async def _clock(context: CommandContext) -> Row:
    try:
        async with httpx.AsyncClient(timeout=5) as http:
            answer = await http.head(context.settings.api_url)
        skew = abs(time.time() - parsedate_to_datetime(answer.headers["date"]).timestamp())
    except (httpx.HTTPError, KeyError, ValueError, OSError):
        return warning("clock", "not_asked")
    return judged("clock", "skew", "set_clock", ok=skew < _MOST_SKEW_S, seconds=round(skew))


async def _messenger(context: CommandContext) -> list[Row]:
    """Check rights and tariff by reading one chat."""
    try:
        texts = [
            message.content
            for chat in (await context.avito.chats(limit=1)).chats
            for message in (await context.avito.messages(chat.chat_id, limit=10)).messages
        ]
    except AvitoError as error:
        return [trouble("scopes", error)]
    rights = good("scopes", "can_read")
    if any(is_tariff_stub(str(orjson.loads(text).get("text") or "")) for text in texts):
        return [rights, bad("tariff", "stub", "buy")]
    return [rights, good("tariff", "paid")]


async def check_subscription(context: CommandContext) -> Row:
    """Check which URL is subscribed, and whether its secret is accepted here. Raises AvitoError."""
    stands = await subscription_state.ask(context)
    if stands.proving:
        return await _taken(context)
    if stands.stale:
        return bad("subscription", "stale_stands", "subscribe")
    if stands.others:
        return bad("subscription", "other_stands", "subscribe", host=masking.host_of(stands.others[0]))
    return warning("subscription", "none_stands", "subscribe")


async def _taken(context: CommandContext) -> Row:
    """Our URL is subscribed: check that every running ingest accepts its secret."""
    mark = webhook_secrets.fingerprint(context.address.secrets[0]) if context.address.secrets else None
    living = {} if context.redis_trouble else await heartbeat.live_processes(context.redis, "ingest")
    if mark and any(mark not in facts.get("proves", (mark,)) for facts in living.values()):
        return bad("subscription", "not_taken", "restart_ingest")
    return good("subscription", "ours_stands")
