"""Assigning chats over HTTP."""

import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth import operators
from push_gateway.auth.access import PATH
from push_gateway.auth.staff import LONGEST_NAME
from push_gateway.chats import assignments
from push_gateway.chats.accounts import account_of
from push_gateway.http.bodies import read_json
from push_gateway.http.errors import ApiError, bounded
from push_gateway.http.gateway import gateway_of
from push_gateway.http.responses import done, json_response

_LOG = logging.getLogger("push_gateway.owners")


async def post_owner(request: Request) -> Response:
    """Answer `POST …/owner` `{"owner", "was"}`: 202; 409 names the present owner when that is not `was`."""
    gateway = gateway_of(request)
    caller = await gateway.authenticator.authorize(request, "reply")
    data = await read_json(request)
    owner, was = _name(data, "owner"), _name(data, "was")
    chat_id = request.path_params["chat_id"]
    account = await account_of(gateway.redis, chat_id)
    verdict, now_of = await assignments.assign(gateway.redis, account, chat_id, owner, was)
    _LOG.info("push_gateway.owners.asked", extra={"by": caller.operator, "owner": owner, "verdict": verdict})
    if verdict == "lost":
        whose = f"{now_of} has this chat now." if now_of else "This chat is assigned to no one now."
        raise ApiError(409, "taken", whose, more={"owner": now_of})
    if verdict == "stranger":
        raise ApiError(422, "unknown_operator", "There is no operator of this name who may log in.")
    if verdict == "unknown":
        raise ApiError(404, "unknown_chat", "There is no such chat.")
    return done(202)


async def get_colleagues(request: Request) -> Response:
    """Answer `GET api/operators`: the names of the operators that a chat can be assigned to."""
    gateway = gateway_of(request)
    await gateway.authenticator.authorize(request, "read")
    everyone = await operators.all_operators(gateway.redis)
    names = sorted(name for name, operator in everyone.items() if not operator.disabled)
    return json_response({"operators": names})


def _name(data: dict[str, Any], field: str) -> str | None:
    name = data.get(field, "")
    if name is None or (isinstance(name, str) and 0 < len(name) <= LONGEST_NAME):
        return name
    raise ApiError(422, f"bad_{field}", f"{field} must be an operator's name, or null for none.")


ROUTES = [
    Route(f"{PATH}api/chats/{{chat_id:path}}/owner", bounded(post_owner), methods=["POST"]),
    Route(f"{PATH}api/operators", bounded(get_colleagues)),
]
