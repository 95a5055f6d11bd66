"""Avito's side: keys, account, rights, tariff, who is subscribed."""

import time
from email.utils import parsedate_to_datetime

import httpx
import orjson

from shared.accounts import webhook_secrets
from shared.process import heartbeat
from webhook_setup import mask, subscription_state
from webhook_setup.context import Desk
from webhook_setup.doctor.row import Row, bad, good, warning
from webhook_setup.doctor.words import words
from worker.avito.errors import AvitoError, BadKeys, Forbidden, NotPaid
from worker.messages.kinds import is_tariff_stub

_MOST_SKEW_S = 30.0


async def check(desk: Desk) -> list[Row]:
    """Return every row; what cannot be asked because of an earlier trouble is left out."""
    rows = [await _clock(desk)]
    try:
        account = await desk.avito.account()
    except BadKeys:
        return [*rows, bad("token", _say(desk, "token_refused"), _say(desk, "new_keys"))]
    except Forbidden:
        return [*rows, bad("scopes", _say(desk, "cannot_read"), _say(desk, "main_account"))]
    except AvitoError as error:
        return [*rows, warning("token", _say(desk, "avito_says", error=error), _say(desk, "try_later"))]
    rows.append(good("token", _say(desk, "token_good")))
    if account.id == desk.settings.keys.user_id:
        rows.append(good("account", _say(desk, "account_is", name=account.name, id=account.id)))
    else:
        way = _say(desk, "set_account", id=account.id)
        rows.append(bad("account", _say(desk, "account_differs", id=account.id), way))
    return [*rows, *await _messenger(desk), await check_subscription(desk)]


async def _clock(desk: Desk) -> Row:
    try:
        async with httpx.AsyncClient(timeout=5) as http:
            answer = await http.head(desk.settings.api_url)
        skew = time.time() - parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (httpx.HTTPError, KeyError, ValueError, OSError):
        return warning("clock", _say(desk, "not_asked"), "")
    found = _say(desk, "skew", seconds=round(abs(skew)))
    return good("clock", found) if abs(skew) < _MOST_SKEW_S else bad("clock", found, _say(desk, "set_clock"))


async def _messenger(desk: Desk) -> list[Row]:
    """Rights and tariff, by reading one chat."""
    try:
        page = await desk.avito.chats(limit=1)
        texts = []
        if page.chats:
            texts = [m.content for m in (await desk.avito.messages(page.chats[0].chat_id, limit=10)).messages]
    except NotPaid:
        return [bad("tariff", _say(desk, "not_paid"), _say(desk, "buy"))]
    except Forbidden:
        return [bad("scopes", _say(desk, "cannot_read"), _say(desk, "main_account"))]
    except AvitoError as error:
        return [warning("scopes", _say(desk, "avito_says", error=error), _say(desk, "try_later"))]
    rights = good("scopes", _say(desk, "can_read"))
    if any(is_tariff_stub(str(orjson.loads(text).get("text") or "")) for text in texts):
        return [rights, bad("tariff", _say(desk, "stub"), _say(desk, "buy"))]
    return [rights, good("tariff", _say(desk, "paid"))]


async def check_subscription(desk: Desk) -> Row:
    """Return whose URL stands at Avito, and whether its secret is taken here."""
    try:
        stands = await subscription_state.ask(desk)
    except AvitoError as error:
        return warning("subscribed", _say(desk, "avito_says", error=error), _say(desk, "try_later"))
    if stands.proving:
        return await _taken(desk)
    if stands.stale:
        return bad("subscribed", _say(desk, "stale_stands"), _say(desk, "subscribe"))
    if stands.others:
        host = mask.host_of(stands.others[0])
        return bad("subscribed", _say(desk, "other_stands", host=host), _say(desk, "subscribe"))
    return warning("subscribed", _say(desk, "none_stands"), _say(desk, "subscribe"))


async def _taken(desk: Desk) -> Row:
    """Our URL stands there: tell whether every running ingest takes its secret."""
    mark = webhook_secrets.fingerprint(desk.address.secrets[0]) if desk.address.secrets else None
    living = {} if desk.redis_trouble else await heartbeat.living(desk.redis, "ingest")
    if mark and any(mark not in facts.get("proves", (mark,)) for facts in living.values()):
        return bad("subscribed", _say(desk, "not_taken"), _say(desk, "restart_ingest"))
    return good("subscribed", _say(desk, "ours_stands"))


def _say(desk: Desk, word: str, **values: object) -> str:
    return words(desk.language, word, **values)
