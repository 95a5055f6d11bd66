"""Quick replies over HTTP: read, added, changed, removed one by one. Operators who may reply may edit."""

import logging
import time
from secrets import token_hex
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth.access import PATH
from push_gateway.features.quick_replies import catalogue, repository
from push_gateway.features.quick_replies.catalogue import (
    Catalogue,
    CatalogueError,
    Edit,
    QuickReply,
    Stamp,
    Wording,
    wording,
)
from push_gateway.http.bodies import read_json
from push_gateway.http.errors import ApiError, bounded
from push_gateway.http.gateway import gateway_of
from push_gateway.http.responses import json_response
from push_gateway.pages import panel

API = f"{PATH}api/quick-replies"
_STATUS = {"name_taken": 409, "changed": 409, "too_many": 409, "unknown_quick_reply": 404}
_LOG = logging.getLogger("push_gateway.quick_replies")


async def show(request: Request) -> Response:
    """Answer `GET quick-replies`: all by folder and name; 304 when the caller has them already."""
    gateway = gateway_of(request)
    await gateway.authenticator.authorize(request, "read")
    body, tag = repository.to_json(await repository.load(gateway.redis))
    headers = {"ETag": f'"{tag}"'}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


async def add(request: Request) -> Response:
    """Answer `POST quick-replies` `{"folder", "name", "text"}`: 201 with the new quick reply."""
    gateway = gateway_of(request)
    caller = await gateway.authenticator.authorize(request, "reply")
    new, stamp = _wording(await read_json(request)), _stamp(caller.operator)
    reply_id = token_hex(6)
    try:
        edit = await repository.save(gateway.redis, lambda known: catalogue.add(known, reply_id, new, stamp))
    except CatalogueError as error:
        raise refusal(error) from None
    _note("added", reply_id, stamp)
    return json_response(repository.fields_of(edit.put[0]), 201)


async def change(request: Request) -> Response:
    """Answer `POST quick-replies/{id}` `{"folder", "name", "text", "version"}`: 409 for a newer version."""
    gateway = gateway_of(request)
    caller = await gateway.authenticator.authorize(request, "reply")
    data = await read_json(request)
    new, version, stamp = _wording(data), _version(data), _stamp(caller.operator)
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
    return json_response(repository.fields_of(result[0]))


async def remove(request: Request) -> Response:
    """Answer `POST quick-replies/{id}/delete` `{"version"}`: 409 for a newer version."""
    gateway = gateway_of(request)
    caller = await gateway.authenticator.authorize(request, "reply")
    version = _version(await read_json(request))
    reply_id = request.path_params["id"]
    try:
        await repository.save(gateway.redis, lambda known: catalogue.remove(known, reply_id, version))
    except CatalogueError as error:
        raise refusal(error) from None
    _note("removed", reply_id, _stamp(caller.operator))
    return json_response({"ok": True})


def refusal(error: CatalogueError) -> ApiError:
    """Return how a refusal is told over HTTP."""
    return ApiError(_STATUS.get(error.why, 422), error.why, error.message)


def _wording(data: dict[str, Any]) -> Wording:
    """Return the fields `name`, `text` and `folder` ('' when absent); raises ApiError."""
    fields = {"folder": "", **data}
    for name in ("folder", "name", "text"):
        if not isinstance(fields.get(name), str):
            raise ApiError(422, f"bad_{name}", f"{name} must be text.")
    try:
        return wording(fields["folder"], fields["name"], fields["text"])
    except CatalogueError as error:
        raise refusal(error) from None


def _version(data: dict[str, Any]) -> int:
    """Return the field `version`; raises ApiError."""
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise ApiError(422, "bad_version", "version must be the number that came with the quick reply.")
    return version


def _stamp(operator: str) -> Stamp:
    return Stamp(operator, round(time.time(), 3))


def _note(what: str, reply_id: str, stamp: Stamp) -> None:
    _LOG.info(f"push_gateway.quick_replies.{what}", extra={"quick_reply": reply_id, "by": stamp.by})


async def page(request: Request) -> Response:
    """Answer `GET /admin/avito/quick-replies`: where the team edits its quick replies."""
    return await panel.page_for_operators(request, "quick_replies.html")


ROUTES = [
    Route(f"{PATH}quick-replies", bounded(page)),
    Route(API, bounded(show)),
    Route(API, bounded(add), methods=["POST"]),
    Route(f"{API}/{{id}}", bounded(change), methods=["POST"]),
    Route(f"{API}/{{id}}/delete", bounded(remove), methods=["POST"]),
]
