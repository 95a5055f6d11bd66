"""Working hours and the automatic answer over HTTP: everybody may read them, the owner sets them."""

import logging

import orjson
from redis.asyncio import Redis
from starlette.responses import Response

from push_gateway.auth.access import PATH
from push_gateway.http.bodies import read_json
from push_gateway.http.errors import ApiError
from push_gateway.http.responses import json_response
from push_gateway.http.routes import OWNER_API, ApiCall, get, post
from shared.redis import keys
from shared.redis.lua import scripts
from shared.working_hours import hours
from shared.working_hours.hours import BadHoursError, parse, to_json, version_of

_LOG = logging.getLogger("push_gateway.hours")


async def show(call: ApiCall) -> Response:
    """Answer `GET api/hours`: the setting and its version."""
    kept = await _kept(call.redis)
    return json_response(to_json(hours.read(kept)) | {"version": version_of(kept)})


async def change(call: ApiCall) -> Response:
    """Answer `POST api/owner/hours` with the whole setting: the workers follow within seconds.

    `version` is the one that was read: 409 when another owner has changed the setting since. Without a
    version the setting is overwritten.
    """
    data = await read_json(call.request)
    wanted = data.get("version")
    if wanted is not None and (not isinstance(wanted, int) or isinstance(wanted, bool)):
        raise ApiError(422, "bad_version", "version must be the number that came with the working hours.")
    try:
        setting = parse(data)
    except BadHoursError as error:
        raise ApiError(422, error.code, str(error)) from None
    kept = await _kept(call.redis)
    new = to_json(setting) | {"version": version_of(kept) + 1}
    if wanted not in (None, version_of(kept)) or not await _replace(call.redis, kept, orjson.dumps(new)):
        raise ApiError(409, "changed", "Another owner has changed the working hours since you read them.")
    by = call.caller.operator
    _LOG.info("push_gateway.hours.changed", extra={"by": by, "automatic": setting.automatic})
    return json_response(new)


async def _kept(redis: Redis) -> bytes | None:
    kept: bytes | None = await redis.get(keys.WORKING_HOURS)
    return kept


async def _replace(redis: Redis, kept: bytes | None, new: bytes) -> bool:
    """Save the new setting unless another was saved in between."""
    if kept is None:
        return bool(await redis.set(keys.WORKING_HOURS, new, nx=True))
    return await scripts.set_if_same(string_key=keys.WORKING_HOURS, seen=kept, new=new).run(redis)


ROUTES = [
    get(f"{PATH}api/hours", "read", show),
    post(f"{OWNER_API}/hours", "manage", change),
]
