"""Reads the body of a write, bounded in size and time, and the fields in it."""

import asyncio
from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
from starlette.requests import Request

from push_gateway.http.body_room import take_room
from push_gateway.http.errors import ApiError
from shared.wires.outbox import REF

_MOST_JSON = 64 * 1024
_JSON_WITHIN_S = 3.0
_JSON_TAKES = 32
"""Bytes of memory that a byte of JSON may become, as in `[{"":0},{"":0}]`."""

Choice = TypeVar("Choice", bound=str)


async def read_json(request: Request, *, optional: bool = False) -> dict[str, Any]:
    """Return the body as a JSON object; raises ApiError, 400 for no body unless it is `optional`.

    Where there is a `Content-Type`, there was a body: it was lost on its way, and a condition with it.
    """
    optional = optional and "content-type" not in request.headers
    body = await read_bytes(request, _MOST_JSON, _JSON_WITHIN_S, optional=optional, takes=_JSON_TAKES)
    try:
        data = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise ApiError(422, "bad_json", "The body must be a JSON object.") from None
    if not isinstance(data, dict):
        raise ApiError(422, "bad_json", "The body must be a JSON object.")
    return data


async def read_bytes(
    request: Request, most: int, within: float, *, optional: bool = False, takes: int = 1
) -> bytes:
    """Return a body of at most `most` bytes that arrives `within` so many seconds; raises ApiError.

    `takes`: bytes of memory for each of its bytes, see BodyRoom.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(within):
            async for chunk in request.stream():
                if len(body) + len(chunk) > most:
                    raise ApiError(413, "too_large", "The request is too large.")
                take_room(request, takes * len(chunk))
                body += chunk
    except TimeoutError:
        raise ApiError(408, "too_slow", "The request came too slowly.") from None
    if not (body or optional):
        raise no_body()
    return bytes(body)


def no_body() -> ApiError:
    """Return the refusal of a write that came without its body: something on its way may have lost it."""
    return ApiError(400, "no_body", "The request has no body.")


def text_field(data: dict[str, Any], name: str) -> str:
    """Return a field that must be text; raises ApiError 422."""
    value = data.get(name)
    if not isinstance(value, str):
        raise ApiError(422, f"bad_{name}", f"{name} must be text.")
    return value


def words_field(data: dict[str, Any], most: int, what: str) -> str:
    """Return the field `text`, which must say something in at most `most` characters; raises ApiError 422."""
    value = data.get("text")
    if not isinstance(value, str) or not value.strip():
        raise ApiError(422, "bad_text", "A text is needed.")
    if len(value) > most:
        raise ApiError(422, "bad_text", f"The {what} is longer than {most} characters.")
    return value


def ref_field(data: Mapping[str, Any]) -> str:
    """Return the field `ref`, the caller's own id of what is written; raises ApiError 422."""
    value = data.get("ref")
    if not isinstance(value, str) or not REF.fullmatch(value):
        raise ApiError(422, "bad_ref", "ref must be 1 to 64 letters, digits or hyphens.")
    return value


def flag_field(data: dict[str, Any], name: str) -> bool:
    """Return a field that must be true or false, false when it is absent; raises ApiError 422."""
    value = data.get(name, False)
    if not isinstance(value, bool):
        raise ApiError(422, f"bad_{name}", f"{name} must be true or false.")
    return value


def choice_field(data: dict[str, Any], name: str, allowed: tuple[Choice, ...]) -> Choice:
    """Return a field that must be one of these words; raises ApiError 422."""
    value = data.get(name)
    for word in allowed:
        if value == word:
            return word
    raise ApiError(422, f"bad_{name}", f"{name} must be one of {', '.join(allowed)}.")
