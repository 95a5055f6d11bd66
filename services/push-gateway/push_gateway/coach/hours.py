"""Working hours and the automatic answer: everybody may read them, the owner sets them."""

import logging

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.access import PATH
from push_gateway.answers import answer
from push_gateway.bodies import read_json
from push_gateway.coach import reads
from push_gateway.errors import ApiError, bounded
from push_gateway.gateway import gateway_of
from push_gateway.owner.entry import API, enter
from shared import keys
from shared.hours import BadHoursError, parse, shown

_LOG = logging.getLogger("push_gateway.hours")


async def show(request: Request) -> Response:
    """Answer `GET api/hours`."""
    gateway = gateway_of(request)
    await gateway.door.authorize(request, "read")
    return answer(shown(await reads.setting(gateway.redis)))


async def change(request: Request) -> Response:
    """Answer `POST api/owner/hours` with the whole setting: it holds from the next look of a worker on."""
    gateway, caller = await enter(request)
    try:
        setting = parse(await read_json(request))
    except BadHoursError as error:
        raise ApiError(422, error.code, str(error)) from None
    await gateway.redis.execute_command("SET", keys.HOURS, orjson.dumps(shown(setting)))
    _LOG.info("push_gateway.hours.changed", extra={"by": caller.operator, "automatic": setting.automatic})
    return answer(shown(setting))


ROUTES = [
    Route(f"{PATH}api/hours", bounded(show)),
    Route(f"{API}/hours", bounded(change), methods=["POST"]),
]
