"""What the owner chooses for all operators: one hash in Redis; an option never chosen has its default."""

import logging

from starlette.responses import Response

from push_gateway.chats.assignments import TAKE_BY_ANSWERING
from push_gateway.http.bodies import read_json
from push_gateway.http.errors import ApiError
from push_gateway.http.responses import json_response
from push_gateway.http.routes import OWNER_API, ApiCall, get, post
from shared.redis import keys

_LOG = logging.getLogger("push_gateway.owner")


async def show(call: ApiCall) -> Response:
    """Answer `GET options`: the ones in effect."""
    chosen = await call.redis.hget(keys.OPTIONS, TAKE_BY_ANSWERING)
    return json_response({TAKE_BY_ANSWERING: chosen != b"0"})


async def change(call: ApiCall) -> Response:
    """Answer `POST options` `{"take_by_answering"}`: what is in effect from now on, at every gateway."""
    wanted = (await read_json(call.request)).get(TAKE_BY_ANSWERING)
    if not isinstance(wanted, bool):
        raise ApiError(422, "bad_option", f"{TAKE_BY_ANSWERING} must be true or false.")
    await call.redis.hset(keys.OPTIONS, TAKE_BY_ANSWERING, int(wanted))
    _LOG.info("push_gateway.owner.options", extra={TAKE_BY_ANSWERING: wanted, "by": call.caller.operator})
    return json_response({TAKE_BY_ANSWERING: wanted})


ROUTES = [
    get(f"{OWNER_API}/options", "manage", show),
    post(f"{OWNER_API}/options", "manage", change),
]
