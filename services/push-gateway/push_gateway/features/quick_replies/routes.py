"""Quick replies over HTTP: read, added, changed, removed one by one. Operators who may reply may edit."""

import logging
import time
from secrets import token_hex
from typing import Any

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import Response

from push_gateway.auth.access import PATH
from push_gateway.features.quick_replies import catalogue, repository
from push_gateway.features.quick_replies.catalogue import Stamp, Wording, wording
from push_gateway.features.quick_replies.shared import quick_replies_of
from push_gateway.http.bodies import read_json, text_field
from push_gateway.http.errors import ApiError
from push_gateway.http.responses import done, json_response
from push_gateway.http.routes import ApiCall, get, post
from push_gateway.pages import panel

API = f"{PATH}api/quick-replies"
_LOG = logging.getLogger("push_gateway.quick_replies")


async def show(call: ApiCall) -> Response:
    """Answer `GET quick-replies`: all by folder and name; 304 when the caller has them already."""
    body, tag = (await quick_replies_of(call).load()).json
    headers = {"ETag": f'"{tag}"'}
    if tag in call.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


async def add(call: ApiCall) -> Response:
    """Answer `POST quick-replies` `{"folder", "name", "text"}`: 201 with the new quick reply."""
    new, stamp = _wording(await read_json(call.request)), _stamp(call.caller.operator)
    reply_id = token_hex(6)
    edit = await quick_replies_of(call).save(lambda known: catalogue.add(known, reply_id, new, stamp))
    _note("added", reply_id, stamp)
    return json_response(repository.fields_of(edit.put[0]), 201)


async def change(call: ApiCall) -> Response:
    """Answer `POST quick-replies/{id}` `{"folder", "name", "text", "version"}`: 409 for a newer version."""
    data = await read_json(call.request)
    new, version, stamp = _wording(data), _version(data), _stamp(call.caller.operator)
    reply_id = call.request.path_params["id"]
    edit = await quick_replies_of(call).save(
        lambda known: catalogue.change(known, reply_id, version, new, stamp)
    )
    _note("changed", reply_id, stamp)
    return json_response(repository.fields_of(edit.put[0]))


async def remove(call: ApiCall) -> Response:
    """Answer `POST quick-replies/{id}/delete` `{"version"}`: 409 for a newer version."""
    version = _version(await read_json(call.request))
    reply_id = call.request.path_params["id"]
    await quick_replies_of(call).save(lambda known: catalogue.remove(known, reply_id, version))
    _note("removed", reply_id, _stamp(call.caller.operator))
    return done()


def _wording(data: dict[str, Any]) -> Wording:
    """Return the fields `name`, `text` and `folder` ('' when absent); raises ApiError."""
    fields = {"folder": "", **data}
    return wording(*(text_field(fields, name) for name in ("folder", "name", "text")))


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


class _IdConvertor(StringConvertor):
    """Leaves the other addresses below this one their own methods."""

    regex = "(?!(?:export|import)$)[^/]+"


register_url_convertor("quick_reply", _IdConvertor())
ROUTES = [
    panel.page_route("quick-replies", "quick_replies.html"),
    get(API, "read", show),
    post(API, "reply", add),
    post(f"{API}/{{id:quick_reply}}", "reply", change),
    post(f"{API}/{{id:quick_reply}}/delete", "reply", remove),
]
