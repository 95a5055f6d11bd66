"""What a response means: which error, else the result of its operation. Pure."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from worker.avito import errors
from worker.avito.error_body import ErrorBody, read_error
from worker.avito.errors import AvitoError
from worker.avito.requests import SEND, SEND_IMAGE, TOKEN, Operation
from worker.avito.sent import links
from worker.avito.values import bounded_text, object_of, positive_int, read_rows, unwrapped
from worker.messages.json_text import parse_json
from worker.messages.kinds import is_tariff_stub
from worker.messages.message import Message, Unreadable
from worker.messages.reading import rank_ties, read_message

_TOO_EARLY = (408, 425)
_SENDS = (SEND, SEND_IMAGE)
_VERDICTS: Mapping[int, type[AvitoError]] = {
    401: errors.Forbidden,
    402: errors.NotPaid,
    403: errors.Forbidden,
    404: errors.NotFound,
    410: errors.NotFound,
}


@dataclass(frozen=True, slots=True)
class AvitoResponse:
    """A response as it came; `asked` in Unix seconds, when the request began."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    asked: float


def read_response(operation: Operation, response: AvitoResponse, pause: float) -> Any:
    """Return the parsed JSON, None for an empty body; raises AvitoError for all but a success.

    `pause`: seconds that Avito, or our backoff, asks for.
    """
    if operation is TOKEN:
        return _read_token(response, pause)
    error = error_for(operation, response, pause)
    if error is not None:
        raise error
    data = _parse(response.body)
    if data is _NOT_JSON:
        raise unreadable_error(operation, response)
    if isinstance(data, dict) and data.get("ok") is False and operation not in _SENDS:
        raise _bad_request(operation, response)
    return data


def error_for(operation: Operation, response: AvitoResponse, pause: float) -> AvitoError | None:
    """Return the error that the status means, None for 2xx."""
    status, name, body = response.status, operation.name, response.body
    if 200 <= status < 300:
        return None
    message = _said(body).message
    if status == 429:
        return errors.RateLimited(name, retry_after=pause, status=status, body=body, message=message)
    if not 400 <= status < 500 or status in _TOO_EARLY or _is_html(body):
        # HTML is never Avito's API: a proxy or an antibot stands before it.
        return errors.Unavailable(name, status=status, body=body, message=message, retry_after=pause or None)
    if status not in _VERDICTS:
        return _bad_request(operation, response)
    return _VERDICTS[status](name, status=status, body=body, message=message)


def unreadable_error(operation: Operation, response: AvitoResponse) -> AvitoError:
    """Return the error for a 2xx whose body is not what was asked for.

    A send may have worked whatever the body says. Elsewhere an error in the body counts as its status.
    """
    said = _said(response.body)
    if said.status is not None and operation not in _SENDS:
        meant = error_for(operation, replace(response, status=said.status), 0.0)
        if meant is not None:
            return meant
    status, body, message = response.status, response.body, said.message
    if operation.changes:
        return errors.Unknown(operation.name, how="unreadable", status=status, body=body, message=message)
    why = "unreadable answer"
    return errors.Unavailable(operation.name, status=status, body=body, message=message, why=why)


def require_success(data: Any) -> None:
    """Accept any body but an error; raises Unreadable."""
    if object_of(data).get("error"):
        raise Unreadable("an error with a status of success")


def hides_texts(data: Any) -> bool:
    """Tell whether a list of chats shows the advertising of a tariff without the API in place of texts.

    A buyer may write these very words, so one of many texts does not count.
    """
    try:
        rows = read_rows(data, "chats", 1).rows
    except Unreadable:
        return False
    last = [object_of(object_of(row).get("last_message")) for row in rows]
    texts = [text for one in last if isinstance(text := object_of(one.get("content")).get("text"), str)]
    stubs = sum(map(is_tariff_stub, texts))
    return stubs > 0 and len(texts) <= 2 * stubs


def _read_token(response: AvitoResponse, pause: float) -> Any:
    """Success is an access_token with any status; a refusal is an error of Avito's, also with status 200.

    Anything else (HTML, 5xx, an answer without either) is trouble that passes, and no fault of the keys.
    """
    data, status, body = _parse(response.body), response.status, response.body
    if isinstance(data, dict) and isinstance(data.get("access_token"), str) and data["access_token"]:
        return data
    said = _said(body)
    says_error = 200 <= status < 300 and bool(said.name or said.code or object_of(data).get("error"))
    if (status in (400, 401, 403) or says_error) and not (said.passes or _is_html(body)):
        raise errors.BadKeys(TOKEN.name, status=status, body=body, message=said.message)
    error = error_for(TOKEN, response, pause)
    if isinstance(error, errors.RateLimited | errors.NotPaid | errors.Unavailable):
        raise error
    raise errors.Unavailable(TOKEN.name, status=status, body=body, message=said.message, why="no token in it")


def _bad_request(operation: Operation, response: AvitoResponse) -> errors.BadRequest:
    said = _said(response.body)
    return errors.BadRequest(
        operation.name, status=response.status, body=response.body, message=said.message, fields=said.fields
    )


_NOT_JSON = object()
_MOST_VALUES = 100_000
"""A page of a hundred messages has about 4,000, and commas in its texts."""


def _parse(body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        return parse_json(body, _MOST_VALUES)
    except ValueError:
        return _NOT_JSON


def _said(body: bytes) -> ErrorBody:
    data = _parse(body)
    return read_error(None if data is _NOT_JSON else data)


def _is_html(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page of history, oldest first. `rows`: how many Avito gave, `skipped` of them unreadable.

    `ordered`: Avito gave them newest first, so what is not in the page is older than all that is.
    """

    messages: tuple[Message, ...]
    rows: int
    skipped: int
    more: bool
    ordered: bool = True


@dataclass(frozen=True, slots=True)
class Subscription:
    """A URL that gets webhooks; it may hold a secret."""

    url: str = field(repr=False)
    version: str


@dataclass(frozen=True, slots=True)
class AvitoAccount:
    """The account that the keys belong to."""

    id: int
    name: str


def read_messages(data: Any, account_id: int, chat_id: str, asof: float, *, limit: int) -> MessagePage:
    """Read a page of history, a bare array or an object; raises Unreadable when it is neither.

    A row without a time has that of the row below it, which is older.
    """
    found = read_rows(data, "messages", limit)
    messages: list[Message] = []
    time_below = asof
    for row in reversed(found.rows):
        with suppress(Unreadable):
            value = unwrapped(row, "message", "id")
            message = read_message(value, account_id, chat_id, asof=asof, otherwise=time_below)
            messages.append(message)
            time_below = message.created
    messages.reverse()
    ranked = tuple(rank_ties(messages, complete=not found.more))
    return MessagePage(
        ranked,
        len(found.rows),
        len(found.rows) - len(messages),
        found.more,
        ordered=all(newer.created >= older.created for newer, older in pairwise(messages)),
    )


def read_voices(data: Any) -> dict[str, str]:
    """Read `{"voices_urls": {voice_id: url}}`; anything but links is left out."""
    return links(object_of(unwrapped(data, "result", "voices_urls").get("voices_urls")))


def read_subscriptions(data: Any) -> tuple[Subscription, ...]:
    """Read `{"subscriptions": [{url, version}]}`; raises Unreadable without the list."""
    rows = read_rows(data, "subscriptions", 1).rows
    known = [row for row in rows if isinstance(row, dict) and isinstance(row.get("url"), str)]
    return tuple(Subscription(row["url"], str(row.get("version") or "")) for row in known)


def read_account(data: Any) -> AvitoAccount:
    """Read `accounts/self`; raises Unreadable without an id."""
    said = unwrapped(data, "account", "id")
    account_id = positive_int(said.get("id"))
    if account_id is None:
        raise Unreadable("account without id")
    return AvitoAccount(account_id, bounded_text(said.get("name")) or "")
