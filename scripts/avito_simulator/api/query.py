"""Reads query parameters and bodies, and refuses what Avito's document does not allow."""

import json
from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from avito_simulator.api.errors import ApiError, invalid
from avito_simulator.model import CHAT_TYPES, Chat
from avito_simulator.simulator import Simulator
from avito_simulator.wire import encode

T = TypeVar("T")

MAX_LIMIT = 100
MAX_OFFSET = 1000


def listed(
    sim: Simulator, request: Request, name: str, found: list[T], written: Callable[[T], dict[str, Any]]
) -> Response:
    """Return the page of a list that is asked for by `limit` and `offset`."""
    switches = sim.faults.switches
    limit = _number(request, "limit", MAX_LIMIT, 1, MAX_LIMIT)
    asked = _number(request, "offset", 0, 0, MAX_OFFSET)
    offset = 0 if switches.same_page else asked
    rows = [written(one) for one in found[offset : offset + limit]]
    answer: dict[str, Any] = {name: rows}
    if switches.lists_meta:
        answer["meta"] = {"has_more": switches.same_page or offset + limit < len(found)}
    body = encode(rows if switches.lists_bare else answer, switches)
    return Response(body, media_type="application/json")


def listed_chats(sim: Simulator, request: Request) -> list[Chat]:
    """Return the chats asked for, newest first: only u2i unless `chat_types` says otherwise."""
    types = set(values(request, "chat_types") or ["u2i"])
    if types - set(CHAT_TYPES):
        raise invalid(chat_types=f"must be a list of {', '.join(CHAT_TYPES)}")
    try:
        items = {int(text) for text in values(request, "item_ids")}
    except ValueError:
        raise invalid(item_ids="must be a list of whole numbers") from None
    unread_only, now = _flag(request, "unread_only"), sim.clock()
    return [
        chat
        for chat in _ordered(sim, now)
        if chat.type in types
        and (not items or (chat.item is not None and chat.item.id in items))
        and (not unread_only or sim.world.unread(chat.id, now))
    ]


def values(request: Request, name: str) -> list[str]:
    """Return a list parameter: comma-separated, repeated, or both."""
    joined = ",".join(request.query_params.getlist(name))
    return [part.strip() for part in joined.split(",") if part.strip()]


async def json_object(request: Request) -> dict[str, Any]:
    """Return the body as a JSON object, regardless of the content type."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise ApiError(400) from None
    if not isinstance(body, dict):
        raise ApiError(400)
    return body


def _ordered(sim: Simulator, now: float) -> list[Chat]:
    """Return all chats, newest first; with `chats_unordered_s` each stands a time of its own too early."""
    chats = sim.world.listing(now)
    if most_s := sim.faults.switches.chats_unordered_s:
        early_s = {chat.id: Random(chat.id).uniform(0, most_s) for chat in chats}  # noqa: S311 # reproducible
        chats.sort(key=lambda chat: sim.world.updated(chat.id, now) + early_s[chat.id], reverse=True)
    return chats


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        number = int(text)
    except ValueError:
        raise invalid(**{name: "must be a whole number"}) from None
    if number > most:
        raise invalid(**{name: f"must be less or equal {most}"})
    if number < least:
        raise invalid(**{name: f"must be greater or equal {least}"})
    return number


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "").lower()
    if text not in ("true", "1", "false", "0", ""):
        raise invalid(**{name: "must be true or false"})
    return text in ("true", "1")
