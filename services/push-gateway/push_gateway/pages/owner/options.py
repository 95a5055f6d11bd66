"""What the owner chooses for everybody: shown and changed."""

import logging
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.chats import options
from push_gateway.chats.options import TAKE_BY_ANSWERING, Options
from push_gateway.http.bodies import read_json
from push_gateway.http.errors import ApiError, bounded
from push_gateway.http.responses import answer
from push_gateway.pages.owner.api import API, enter

_LOG = logging.getLogger("push_gateway.owner")


async def show(request: Request) -> Response:
    """Answer `GET options`."""
    gateway, _ = await enter(request)
    return answer(asdict(await options.read(gateway.redis)))


async def change(request: Request) -> Response:
    """Answer `POST options` `{"take_by_answering"}`: what holds from now on, at every gateway."""
    gateway, caller = await enter(request)
    wanted = (await read_json(request)).get(TAKE_BY_ANSWERING)
    if not isinstance(wanted, bool):
        raise ApiError(422, "bad_option", f"{TAKE_BY_ANSWERING} must be true or false.")
    chosen = Options(take_by_answering=wanted)
    await options.write(gateway.redis, chosen)
    _LOG.info("push_gateway.owner.options", extra={TAKE_BY_ANSWERING: wanted, "by": caller.operator})
    return answer(asdict(chosen))


ROUTES = [
    Route(f"{API}/options", bounded(show)),
    Route(f"{API}/options", bounded(change), methods=["POST"]),
]
