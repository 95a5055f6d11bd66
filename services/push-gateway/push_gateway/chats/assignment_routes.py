"""Assigning chats over HTTP."""

import logging
from typing import Any

from starlette.responses import Response

from push_gateway.auth import operators
from push_gateway.auth.access import PATH
from push_gateway.auth.staff import LONGEST_NAME
from push_gateway.chats import assignments
from push_gateway.chats.requested_chat import chat_of
from push_gateway.http.bodies import read_json
from push_gateway.http.errors import ApiError
from push_gateway.http.responses import done, json_response
from push_gateway.http.routes import ApiCall, get, post

_LOG = logging.getLogger("push_gateway.owners")


async def post_owner(call: ApiCall) -> Response:
    """Answer `POST …/owner` `{"owner", "was"}`: 202; 409 names the present owner when that is not `was`."""
    data = await read_json(call.request)
    owner, was = _name(data, "owner"), _name(data, "was")
    account, chat_id = await chat_of(call)
    verdict, now_of = await assignments.assign(call.redis, account, chat_id, owner, was)
    by = call.caller.operator
    _LOG.info("push_gateway.owners.asked", extra={"by": by, "owner": owner, "verdict": verdict})
    if verdict == "lost":
        whose = f"{now_of} has this chat now." if now_of else "This chat is assigned to no one now."
        raise ApiError(409, "taken", whose, more={"owner": now_of})
    if verdict == "stranger":
        raise ApiError(422, "unknown_operator", "There is no operator of this name who may log in.")
    if verdict == "unknown":
        raise ApiError(404, "unknown_chat", "There is no such chat.")
    return done(202)


async def get_colleagues(call: ApiCall) -> Response:
    """Answer `GET api/operators`: the names of the operators that a chat can be assigned to."""
    everyone = await operators.all_operators(call.redis)
    names = sorted(name for name, operator in everyone.items() if not operator.disabled)
    return json_response({"operators": names})


def _name(data: dict[str, Any], field: str) -> str | None:
    name = data.get(field, "")
    if name is None or (isinstance(name, str) and 0 < len(name) <= LONGEST_NAME):
        return name
    raise ApiError(422, f"bad_{field}", f"{field} must be an operator's name, or null for none.")


ROUTES = [
    post(f"{PATH}api/chats/{{chat_id:path}}/owner", "reply", post_owner),
    get(f"{PATH}api/operators", "read", get_colleagues),
]
