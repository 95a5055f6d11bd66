"""Avito's side: clock, keys, account, rights, tariff, and the subscription that it lists."""

import time
from email.utils import parsedate_to_datetime

import httpx2
import orjson

from avito_live.doctor.rows import Row, row
from avito_live.webhook_setup import subscription_state
from avito_live.webhook_setup.context import CommandContext
from avito_live.webhook_setup.probe import open_http
from shared import masking
from shared.wires import heartbeat
from worker.avito import transport
from worker.avito.errors import AvitoError, BadKeys, Forbidden, NotPaid, RateLimited, Unavailable, Untrusted
from worker.avito.responses import AvitoAccount
from worker.messages.kinds import is_tariff_stub
from worker.sync.subscription.watcher import ListedUrls

_MOST_SKEW_S = 30.0
_PATIENCE_S = 5.0
_PLAIN: dict[type[AvitoError], str] = {
    BadKeys: "token_refused",
    NotPaid: "not_paid",
    Forbidden: "cannot_read",
    Untrusted: "avito_untrusted",
}


def trouble(error: AvitoError) -> Row:
    """Return the row of what Avito's error makes impossible. Pure."""
    if name := next((name for kind, name in _PLAIN.items() if isinstance(error, kind)), ""):
        return row(name)
    match error:
        case RateLimited():
            return row("avito_busy", error=str(error))
        case Unavailable(status=None):
            return row("avito_silent", error=str(error))
    return row("avito_odd", error=str(error))


def judge_clock(skew_s: float | None) -> Row:
    """Return the row of Avito's clock less ours; None: it did not tell. Pure."""
    if skew_s is None:
        return row("clock_unknown")
    return row("clock_right" if abs(skew_s) < _MOST_SKEW_S else "clock_off", seconds=round(abs(skew_s)))


def judge_account(account: AvitoAccount, wanted: int) -> Row:
    """Return the row of the account that the keys belong to. `wanted`: that of the settings. Pure."""
    name = "account_right" if account.id == wanted else "account_differs"
    return row(name, name=account.name, id=account.id, wanted=wanted)


def judge_subscription(listed: ListedUrls, *, wanted: bool | None, refused: bool) -> Row:
    """Return the row of what Avito lists. `refused`: a running ingest does not accept our secret. Pure."""
    if listed.proving:
        return row("subscription_not_taken" if refused else "subscription_right")
    if wanted is False:
        return row("subscription_unwanted")
    if refused:  # what Avito lists may be what that ingest accepts: subscribing first would lose it
        return row("secret_changed")
    if listed.stale:
        return row("subscription_stale")
    if listed.others:
        return row("subscription_other", host=masking.host_of(listed.others[0]))
    return row("subscription_none")


def judge_texts(texts: list[bytes]) -> Row:
    """Return the row of the tariff, by what Avito gives for messages. Pure."""
    is_stub = any(is_tariff_stub(str(orjson.loads(text).get("text") or "")) for text in texts)
    return row("stub" if is_stub else "tariff_right")


async def check(context: CommandContext) -> list[Row]:
    """Ask Avito; what an earlier trouble makes impossible is left out."""
    try:
        await context.avito.try_keys()
        account = await context.avito.account()
    except AvitoError as error:
        # The circuit breaker, which the worker shares with us, says nothing of the reason.
        untrusted = isinstance(error, Unavailable) and await _is_untrusted(context.settings.api_url)
        return [row("avito_untrusted") if untrusted else trouble(error)]
    rows = [judge_account(account, context.settings.keys.user_id)]
    try:
        rows.append(await _tariff(context))
        rows.append(await check_subscription(context))
    except AvitoError as error:
        rows.append(trouble(error))
    return rows


async def _is_untrusted(url: str) -> bool:
    try:
        async with httpx2.AsyncClient(timeout=_PATIENCE_S) as http:
            await http.head(url)
    except (httpx2.HTTPError, OSError) as error:
        return transport.is_untrusted(error)
    return False


async def check_clock(context: CommandContext) -> Row:
    """Compare this clock with the date of an answer of Avito's."""
    try:
        async with open_http(_PATIENCE_S) as http:
            answer = await http.head(context.settings.api_url)
        skew_s = parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time()
    except (httpx2.HTTPError, KeyError, ValueError, OSError):
        return judge_clock(None)
    return judge_clock(skew_s)


async def _tariff(context: CommandContext) -> Row:
    """Read one chat."""
    texts = [
        message.content
        for chat in (await context.avito.chats(limit=1)).chats
        for message in (await context.avito.messages(chat.chat_id, limit=10)).messages
    ]
    return judge_texts(texts)


async def check_subscription(context: CommandContext) -> Row:
    """Ask Avito which URL is subscribed, and judge it. Raises AvitoError."""
    listed = await subscription_state.ask(context)
    if context.redis_trouble:
        return judge_subscription(listed, wanted=None, refused=False)
    ingests = await heartbeat.live_processes(context.redis, "ingest")
    refused = subscription_state.is_refused(context, ingests)
    return judge_subscription(listed, wanted=await context.is_wanted(), refused=refused)
