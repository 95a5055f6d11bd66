"""What the owner chooses for all operators: one hash in Redis; an option never chosen has its default."""

import logging
from dataclasses import asdict, dataclass

from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.chats.assignments import TAKE_BY_ANSWERING
from push_gateway.http.bodies import read_json
from push_gateway.http.errors import ApiError, bounded
from push_gateway.http.responses import json_response
from push_gateway.pages.owner.api import API, authorize_owner
from shared.redis import keys

_LOG = logging.getLogger("push_gateway.owner")


@dataclass(frozen=True, slots=True)
class Options:
    """The options in effect."""

    take_by_answering: bool = True


async def show(request: Request) -> Response:
    """Answer `GET options`."""
    gateway, _ = await authorize_owner(request)
    return json_response(asdict(await read(gateway.redis)))


async def change(request: Request) -> Response:
    """Answer `POST options` `{"take_by_answering"}`: what is in effect from now on, at every gateway."""
    gateway, caller = await authorize_owner(request)
    wanted = (await read_json(request)).get(TAKE_BY_ANSWERING)
    if not isinstance(wanted, bool):
        raise ApiError(422, "bad_option", f"{TAKE_BY_ANSWERING} must be true or false.")
    chosen = Options(take_by_answering=wanted)
    await write(gateway.redis, chosen)
    _LOG.info("push_gateway.owner.options", extra={TAKE_BY_ANSWERING: wanted, "by": caller.operator})
    return json_response(asdict(chosen))


async def read(redis: Redis) -> Options:
    """Return the options in effect. Raises RedisError."""
    chosen = await redis.hget(keys.OPTIONS, TAKE_BY_ANSWERING)
    return Options(take_by_answering=chosen != b"0")


async def write(redis: Redis, options: Options) -> None:
    """Put these options into effect. Raises RedisError."""
    await redis.hset(keys.OPTIONS, TAKE_BY_ANSWERING, int(options.take_by_answering))


ROUTES = [
    Route(f"{API}/options", bounded(show)),
    Route(f"{API}/options", bounded(change), methods=["POST"]),
]
