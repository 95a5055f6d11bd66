"""Checks on Avito's side: keys, account, rights, tariff, subscription."""

import time
from email.utils import parsedate_to_datetime

import httpx
import orjson

from avito_live.webhook_setup import subscription_state, urls
from avito_live.webhook_setup.context import CommandContext
from avito_live.webhook_setup.doctor.row import Row, bad, good, warning
from avito_live.webhook_setup.doctor.words import words
from shared.accounts import webhook_secrets
from shared.wires import heartbeat
from worker.avito.errors import AvitoError, BadKeys, Forbidden, NotPaid
from worker.messages.kinds import is_tariff_stub

_MOST_SKEW_S = 30.0


async def check(context: CommandContext) -> list[Row]:
    """Return the rows; checks that an earlier problem makes impossible are left out."""
    rows = [await _clock(context)]
    try:
        account = await context.avito.account()
    except BadKeys:
        return [*rows, bad("token", _say(context, "token_refused"), _say(context, "new_keys"))]
    except Forbidden:
        return [*rows, bad("scopes", _say(context, "cannot_read"), _say(context, "main_account"))]
    except AvitoError as error:
        return [*rows, warning("token", _say(context, "avito_says", error=error), _say(context, "try_later"))]
    rows.append(good("token", _say(context, "token_good")))
    if account.id == context.settings.keys.user_id:
        rows.append(good("account", _say(context, "account_is", name=account.name, id=account.id)))
    else:
        fix = _say(context, "set_account", id=account.id)
        rows.append(bad("account", _say(context, "account_differs", id=account.id), fix))
    return [*rows, *await _messenger(context), await check_subscription(context)]


async def _clock(context: CommandContext) -> Row:
    try:
        async with httpx.AsyncClient(timeout=5) as http:
            answer = await http.head(context.settings.api_url)
        skew = time.time() - parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (httpx.HTTPError, KeyError, ValueError, OSError):
        return warning("clock", _say(context, "not_asked"), "")
    found = _say(context, "skew", seconds=round(abs(skew)))
    return (
        good("clock", found) if abs(skew) < _MOST_SKEW_S else bad("clock", found, _say(context, "set_clock"))
    )


async def _messenger(context: CommandContext) -> list[Row]:
    """Check rights and tariff by reading one chat."""
    try:
        page = await context.avito.chats(limit=1)
        texts = []
        if page.chats:
            texts = [
                m.content for m in (await context.avito.messages(page.chats[0].chat_id, limit=10)).messages
            ]
    except NotPaid:
        return [bad("tariff", _say(context, "not_paid"), _say(context, "buy"))]
    except Forbidden:
        return [bad("scopes", _say(context, "cannot_read"), _say(context, "main_account"))]
    except AvitoError as error:
        return [warning("scopes", _say(context, "avito_says", error=error), _say(context, "try_later"))]
    rights = good("scopes", _say(context, "can_read"))
    if any(is_tariff_stub(str(orjson.loads(text).get("text") or "")) for text in texts):
        return [rights, bad("tariff", _say(context, "stub"), _say(context, "buy"))]
    return [rights, good("tariff", _say(context, "paid"))]


async def check_subscription(context: CommandContext) -> Row:
    """Check which URL is subscribed, and whether its secret is accepted here."""
    try:
        stands = await subscription_state.ask(context)
    except AvitoError as error:
        return warning("subscribed", _say(context, "avito_says", error=error), _say(context, "try_later"))
    if stands.proving:
        return await _taken(context)
    if stands.stale:
        return bad("subscribed", _say(context, "stale_stands"), _say(context, "subscribe"))
    if stands.others:
        host = urls.host_of(stands.others[0])
        return bad("subscribed", _say(context, "other_stands", host=host), _say(context, "subscribe"))
    return warning("subscribed", _say(context, "none_stands"), _say(context, "subscribe"))


async def _taken(context: CommandContext) -> Row:
    """Our URL is subscribed: check that every running ingest accepts its secret."""
    mark = webhook_secrets.fingerprint(context.address.secrets[0]) if context.address.secrets else None
    living = {} if context.redis_trouble else await heartbeat.live_processes(context.redis, "ingest")
    if mark and any(mark not in facts.get("proves", (mark,)) for facts in living.values()):
        return bad("subscribed", _say(context, "not_taken"), _say(context, "restart_ingest"))
    return good("subscribed", _say(context, "ours_stands"))


def _say(context: CommandContext, word: str, **values: object) -> str:
    return words(context.language, word, **values)
