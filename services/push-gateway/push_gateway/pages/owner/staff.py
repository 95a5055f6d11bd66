"""Operators: listed, added, changed. A change takes effect at once: a new password ends the sessions."""

import asyncio
import logging
import time
from functools import partial
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth import operators, staff
from push_gateway.auth.access import Role
from push_gateway.auth.staff import Operator, StaffError
from push_gateway.chats import assignments
from push_gateway.http.bodies import choice_field, flag_field, read_json, text_field
from push_gateway.http.errors import ApiError, Handler, bounded
from push_gateway.http.responses import json_response
from push_gateway.pages.owner.api import API, authorize_owner, refusal

_ROLES: tuple[Role, ...] = ("owner", "operator")
_LOG = logging.getLogger("push_gateway.owner")


async def show(request: Request) -> Response:
    """Answer `GET operators`."""
    gateway, caller = await authorize_owner(request)
    everyone = await operators.all_operators(gateway.redis)
    logins = await gateway.sessions.of_each(everyone)
    tokens = await gateway.tokens.all()
    return json_response(
        {
            "you": caller.operator,
            "operators": [
                {
                    "name": operator.name,
                    "role": operator.role,
                    "disabled": operator.disabled,
                    "created": operator.created,
                    "sessions": len(logins[operator.name]),
                    "tokens": [token.name for token in tokens if token.by == operator.name],
                    "seen": max((login.seen for login in logins[operator.name]), default=None),
                }
                for operator in sorted(everyone.values(), key=lambda one: one.created)
            ],
        }
    )


async def add(request: Request) -> Response:
    """Answer `POST operators` `{"name", "password", "role"}`: 201."""
    gateway, caller = await authorize_owner(request)
    data = await read_json(request)
    name, password, role = (
        text_field(data, "name"),
        text_field(data, "password"),
        choice_field(data, "role", _ROLES),
    )
    try:
        staff.check_password(password, name)
        made = await asyncio.to_thread(operators.make_operator, name, password, role, round(time.time(), 3))
        await operators.change(gateway.redis, lambda everyone: staff.with_new(everyone, made))
    except StaffError as error:
        raise refusal(error) from None
    _note("added", made.name, caller.operator)
    return json_response({"name": made.name, "role": role}, 201)


async def disable(request: Request) -> Response:
    """Answer `POST operators/{name}/disable` `{"keep_tokens"}`: the operator is logged out within seconds.

    Tokens made by the operator end as well, unless they are kept, and all chats are unassigned, so this may
    take longer than other calls.
    """
    await authorize_owner(request)
    keep_tokens = flag_field(await read_json(request), "keep_tokens")
    return await _change(request, "disabled", disabled=True, keep_tokens=keep_tokens)


async def enable(request: Request) -> Response:
    """Answer `POST operators/{name}/enable`."""
    return await _change(request, "enabled", disabled=False)


async def set_role(request: Request) -> Response:
    """Answer `POST operators/{name}/role` `{"role", "keep_tokens"}`: tokens of a former owner end."""
    await authorize_owner(request)
    data = await read_json(request)
    role, keep_tokens = choice_field(data, "role", _ROLES), flag_field(data, "keep_tokens")
    return await _change(request, "role", role=role, keep_tokens=keep_tokens)


async def set_password(request: Request) -> Response:
    """Answer `POST operators/{name}/password` `{"password"}`: the operator's sessions end."""
    await authorize_owner(request)
    password = text_field(await read_json(request), "password")
    try:
        staff.check_password(password, _name(request))
    except StaffError as error:
        raise refusal(error) from None
    return await _change(
        request, "password", password_hash=await asyncio.to_thread(operators.hash_password, password)
    )


async def end_sessions(request: Request) -> Response:
    """Answer `POST operators/{name}/end-sessions`: `{"ended"}` says how many there were."""
    gateway, caller = await authorize_owner(request)
    name = _name(request)
    if await operators.find(gateway.redis, name) is None:
        raise ApiError(404, "unknown_operator", "There is no operator of this name.")
    ended = await gateway.sessions.end_all(name)
    _note("sessions_ended", name, caller.operator)
    return json_response({"ended": ended})


async def _change(
    request: Request,
    what: str,
    *,
    role: Role | None = None,
    disabled: bool | None = None,
    password_hash: str | None = None,
    keep_tokens: bool = False,
) -> Response:
    gateway, caller = await authorize_owner(request)
    name = _name(request)
    decide = partial(staff.with_change, name=name, role=role, disabled=disabled, password_hash=password_hash)
    try:
        changed = cast("Operator", await operators.change(gateway.redis, decide))
    except StaffError as error:
        raise refusal(error) from None
    if password_hash or changed.disabled:
        await gateway.sessions.end_all(name)
    ends_tokens = (disabled or role == "operator") and not keep_tokens
    ended = await gateway.tokens.revoke_made_by(name) if ends_tokens else []
    if changed.disabled:
        await assignments.unassign_all(gateway.redis, name)
    _note(what, name, caller.operator)
    return json_response({"ok": True, "tokens_ended": [token.name for token in ended]})


def _name(request: Request) -> str:
    return str(request.path_params["name"])


def _note(what: str, name: str, by: str) -> None:
    _LOG.info(f"push_gateway.owner.{what}", extra={"operator": name, "by": by})


def _post(path: str, handler: Handler) -> Route:
    return Route(f"{API}/operators{path}", bounded(handler), methods=["POST"])


ROUTES = [
    Route(f"{API}/operators", bounded(show)),
    _post("", add),
    Route(f"{API}/operators/{{name}}/disable", disable, methods=["POST"]),
    _post("/{name}/enable", enable),
    _post("/{name}/role", set_role),
    _post("/{name}/password", set_password),
    _post("/{name}/end-sessions", end_sessions),
]
