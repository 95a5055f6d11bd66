"""What an answer of Avito means: JSON by its content, or which error. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from worker.avito.errors import (
    AvitoError,
    BadKeys,
    BadRequest,
    Forbidden,
    NotFound,
    NotPaid,
    RateLimited,
    Unavailable,
    Unknown,
)
from worker.avito.operations import TOKEN, Operation

_TOO_EARLY = (408, 425)
_VERDICTS: Mapping[int, type[AvitoError]] = {401: Forbidden, 402: NotPaid, 403: Forbidden, 404: NotFound}


@dataclass(frozen=True, slots=True)
class AvitoResponse:
    """An answer as it came. `headers`: names in lower case. `asked`: Unix seconds when the request began."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    asked: float


def read_response(operation: Operation, answer: AvitoResponse, pause: float) -> Any:
    """Return the parsed JSON, None for an empty body; raises AvitoError for all but a success.

    `pause`: seconds that Avito, or our backoff, asks for.
    """
    if operation is TOKEN:
        return _read_token(answer, pause)
    error = judge(operation, answer, pause)
    if error is not None:
        raise error
    data = _parse(answer.body)
    if data is _NOT_JSON:
        raise unreadable(operation, answer)
    if isinstance(data, dict) and data.get("ok") is False:
        raise _bad_request(operation, answer)
    return data


def judge(operation: Operation, answer: AvitoResponse, pause: float) -> AvitoError | None:
    """Return the error that the status means, None for 2xx."""
    status, name, body = answer.status, operation.name, answer.body
    message = _message(body)
    if 200 <= status < 300:
        return None
    if status == 429:
        return RateLimited(name, retry_after=pause, status=status, body=body, message=message)
    if not 400 <= status < 500 or status in _TOO_EARLY or _is_html(body):
        # HTML is never Avito's API: a proxy or an antibot stands before it.
        return Unavailable(name, status=status, body=body, message=message, retry_after=pause or None)
    verdict = _VERDICTS.get(status)
    return (
        verdict(name, status=status, body=body, message=message)
        if verdict
        else _bad_request(operation, answer)
    )


def unreadable(operation: Operation, answer: AvitoResponse) -> AvitoError:
    """Return the error for a 2xx whose body is not what was promised, so that nobody knows what was done."""
    if operation.changes:
        return Unknown(operation.name, how="unreadable", status=answer.status, body=answer.body)
    return Unavailable(operation.name, status=answer.status, body=answer.body, why="unreadable answer")


def is_refused_token(error: AvitoError) -> bool:
    """Tell whether a new token may help."""
    return isinstance(error, Forbidden)


def _read_token(answer: AvitoResponse, pause: float) -> Any:
    """Success is an access_token, whatever the status; so is a refusal an `error`."""
    data = _parse(answer.body)
    is_object = isinstance(data, dict)
    if is_object and isinstance(data.get("access_token"), str) and data["access_token"]:
        return data
    refused = answer.status in (400, 401, 403) or (answer.status == 200 and is_object and "error" in data)
    if refused and not _is_html(answer.body):
        raise BadKeys(TOKEN.name, status=answer.status, body=answer.body)
    raise judge(TOKEN, answer, pause) or unreadable(TOKEN, answer)


def _bad_request(operation: Operation, answer: AvitoResponse) -> BadRequest:
    error = _error_of(_parse(answer.body))
    fields = error.get("fields")
    said = {str(k): str(v) for k, v in fields.items()} if isinstance(fields, dict) else {}
    return BadRequest(
        operation.name,
        status=answer.status,
        body=answer.body,
        message=_message(answer.body),
        fields=said,
    )


_NOT_JSON = object()


def _parse(body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _NOT_JSON


def _error_of(data: Any) -> dict[str, Any]:
    """`{"error": {…}}` of most sections, or the flat form of others."""
    if not isinstance(data, dict):
        return {}
    error = data.get("error")
    return error if isinstance(error, dict) else data


def _message(body: bytes) -> str:
    message = _error_of(_parse(body)).get("message")
    return message if isinstance(message, str) else ""


def _is_html(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"
