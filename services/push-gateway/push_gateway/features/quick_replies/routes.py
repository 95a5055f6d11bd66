"""Quick replies over HTTP: read, added, changed, removed one by one. Who may reply may also edit."""

import logging
import time
from secrets import token_hex

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.features.quick_replies import catalogue, repository
from push_gateway.features.quick_replies.catalogue import Catalogue, CatalogueError, Edit, QuickReply, Stamp
from push_gateway.features.quick_replies.fields import API, refusal, version_of, wording_of
from push_gateway.http.bodies import read_json
from push_gateway.http.errors import bounded
from push_gateway.http.gateway import gateway_of
from push_gateway.http.responses import answer

_LOG = logging.getLogger("push_gateway.quick_replies")


async def show(request: Request) -> Response:
    """Answer `GET quick-replies`: all of them by folder and name; 304 when the caller has them already."""
    gateway = gateway_of(request)
    await gateway.door.authorize(request, "read")
    body, tag = repository.listed(await repository.everything(gateway.redis))
    headers = {"ETag": f'"{tag}"'}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


async def add(request: Request) -> Response:
    """Answer `POST quick-replies` `{"folder", "name", "text"}`: 201 with what it has become."""
    gateway = gateway_of(request)
    caller = await gateway.door.authorize(request, "reply")
    new, stamp = wording_of(await read_json(request)), _stamp(caller.operator)
    reply_id = token_hex(6)
    try:
        edit = await repository.save(gateway.redis, lambda known: catalogue.add(known, reply_id, new, stamp))
    except CatalogueError as error:
        raise refusal(error) from None
    _note("added", reply_id, stamp)
    return answer(repository.shown(edit.put[0]), 201)


async def change(request: Request) -> Response:
    """Answer `POST quick-replies/{id}` `{"folder", "name", "text", "version"}`: 409: another was first."""
    gateway = gateway_of(request)
    caller = await gateway.door.authorize(request, "reply")
    data = await read_json(request)
    new, version, stamp = wording_of(data), version_of(data), _stamp(caller.operator)
    reply_id = request.path_params["id"]
    result: list[QuickReply] = []

    def decide(known: Catalogue) -> Edit:
        edit = catalogue.change(known, reply_id, version, new, stamp)
        result[:] = edit.put or (known[reply_id],)
        return edit

    try:
        await repository.save(gateway.redis, decide)
    except CatalogueError as error:
        raise refusal(error) from None
    _note("changed", reply_id, stamp)
    return answer(repository.shown(result[0]))


async def remove(request: Request) -> Response:
    """Answer `POST quick-replies/{id}/delete` `{"version"}`: 409 when another has changed it meanwhile."""
    gateway = gateway_of(request)
    caller = await gateway.door.authorize(request, "reply")
    version = version_of(await read_json(request))
    reply_id = request.path_params["id"]
    try:
        await repository.save(gateway.redis, lambda known: catalogue.remove(known, reply_id, version))
    except CatalogueError as error:
        raise refusal(error) from None
    _note("removed", reply_id, _stamp(caller.operator))
    return answer({"ok": True})


def _stamp(operator: str) -> Stamp:
    return Stamp(operator, round(time.time(), 3))


def _note(what: str, reply_id: str, stamp: Stamp) -> None:
    _LOG.info(f"push_gateway.quick_replies.{what}", extra={"quick_reply": reply_id, "by": stamp.by})


ROUTES = [
    Route(API, bounded(show)),
    Route(API, bounded(add), methods=["POST"]),
    Route(f"{API}/{{id}}", bounded(change), methods=["POST"]),
    Route(f"{API}/{{id}}/delete", bounded(remove), methods=["POST"]),
]
