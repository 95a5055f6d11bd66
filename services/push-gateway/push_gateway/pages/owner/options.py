"""What the owner chooses for all operators: one hash in Redis; an option never chosen has its default."""

import logging
from typing import Any

from redis.asyncio import Redis
from starlette.responses import Response

from push_gateway.chats.assignments import TAKE_BY_ANSWERING
from push_gateway.http.bodies import read_json
from push_gateway.http.errors import ApiError
from push_gateway.http.responses import json_response
from push_gateway.http.routes import OWNER_API, ApiCall, get, post
from shared.notices import DEFAULTS, choices_for
from shared.redis import keys
from shared.wires import notice_options

_LOG = logging.getLogger("push_gateway.owner")
_NOTICE = "notice"


async def show(call: ApiCall) -> Response:
    """Answer `GET options`: the ones in effect."""
    return json_response(await _options(call.redis))


async def change(call: ApiCall) -> Response:
    """Answer `POST options`: what is in effect from now on, at every gateway; options left out stay."""
    wanted = await read_json(call.request)
    fields = _take_by_answering(wanted) | _notices(wanted)
    if not fields:
        raise ApiError(422, "bad_option", f"{TAKE_BY_ANSWERING} or {_NOTICE} must be given.")
    await call.redis.hset(keys.OPTIONS, mapping=fields)
    _LOG.info("push_gateway.owner.options", extra={"options": fields, "by": call.caller.operator})
    return json_response(await _options(call.redis))


async def _options(redis: Redis) -> dict[str, Any]:
    chosen = await redis.hget(keys.OPTIONS, TAKE_BY_ANSWERING)
    return {TAKE_BY_ANSWERING: chosen != b"0", _NOTICE: await notice_options.read(redis)}


def _take_by_answering(wanted: dict[str, Any]) -> dict[str, Any]:
    if TAKE_BY_ANSWERING not in wanted:
        return {}
    if not isinstance(wanted[TAKE_BY_ANSWERING], bool):
        raise ApiError(422, "bad_option", f"{TAKE_BY_ANSWERING} must be true or false.")
    return {TAKE_BY_ANSWERING: int(wanted[TAKE_BY_ANSWERING])}


def _notices(wanted: dict[str, Any]) -> dict[str, Any]:
    notices = wanted.get(_NOTICE, {})
    if not isinstance(notices, dict) or not notices.keys() <= DEFAULTS.keys():
        raise ApiError(422, "bad_option", f"{_NOTICE} must be an object with {', '.join(DEFAULTS)}.")
    for kind, choice in notices.items():
        if choice not in choices_for(kind):
            raise ApiError(422, "bad_option", f"{kind} must be one of {', '.join(choices_for(kind))}.")
    return notice_options.fields(notices)


ROUTES = [
    get(f"{OWNER_API}/options", "manage", show),
    post(f"{OWNER_API}/options", "manage", change),
]
