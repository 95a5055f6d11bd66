"""Operators: listed, added, changed. A change takes effect at once: a new password ends the sessions."""

import logging
import time
from functools import partial
from typing import Any, cast

from starlette.responses import Response

from push_gateway.auth import operators, staff
from push_gateway.auth.access import Role
from push_gateway.chats import assignments
from push_gateway.http.bodies import choice_field, flag_field, read_json, text_field
from push_gateway.http.errors import ApiError
from push_gateway.http.responses import json_response
from push_gateway.http.routes import OWNER_API, ApiCall, get, post

_ROLES: tuple[Role, ...] = ("owner", "operator")
_LOG = logging.getLogger("push_gateway.owner")


async def show(call: ApiCall) -> Response:
    """Answer `GET operators`."""
    everyone = await operators.all_operators(call.redis)
    logins = await call.gateway.sessions.of_each(everyone)
    tokens = await call.gateway.tokens.all()
    return json_response(
        {
            "you": call.caller.operator,
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


async def add(call: ApiCall) -> Response:
    """Answer `POST operators` `{"name", "password", "role"}`: 201."""
    data = await read_json(call.request)
    name, password = staff.normal(text_field(data, "name")), text_field(data, "password")
    role = choice_field(data, "role", _ROLES)
    staff.check_name(name)
    staff.check_password(password, name)
    made = staff.Operator(name, role, await _hash(call, password), round(time.time(), 3))
    await operators.change(call.redis, lambda everyone: staff.with_new(everyone, made))
    _note(call, "added", made.name)
    return json_response({"name": made.name, "role": role}, 201)


async def disable(call: ApiCall) -> Response:
    """Answer `POST operators/{name}/disable` `{"keep_tokens"}`: the operator is logged out within seconds.

    Tokens made by the operator end as well, unless they are kept, and all chats are unassigned, so this may
    take longer than other calls.
    """
    keep_tokens = flag_field(await read_json(call.request, optional=True), "keep_tokens")
    return await _change(call, "disabled", disabled=True, ends_tokens=not keep_tokens)


async def enable(call: ApiCall) -> Response:
    """Answer `POST operators/{name}/enable`."""
    return await _change(call, "enabled", disabled=False)


async def set_role(call: ApiCall) -> Response:
    """Answer `POST operators/{name}/role` `{"role", "keep_tokens"}`: tokens of a former owner end."""
    data = await read_json(call.request)
    role, keep_tokens = choice_field(data, "role", _ROLES), flag_field(data, "keep_tokens")
    return await _change(call, "role", role=role, ends_tokens=role == "operator" and not keep_tokens)


async def set_password(call: ApiCall) -> Response:
    """Answer `POST operators/{name}/password` `{"password"}`: the operator's sessions end."""
    password = text_field(await read_json(call.request), "password")
    staff.check_password(password, call.request.path_params["name"])
    return await _change(call, "password", password_hash=await _hash(call, password))


async def end_sessions(call: ApiCall) -> Response:
    """Answer `POST operators/{name}/end-sessions`: `{"ended"}` says how many there were."""
    name = call.request.path_params["name"]
    if await operators.find(call.redis, name) is None:
        raise ApiError(404, "unknown_operator", "There is no operator of this name.")
    ended = await call.gateway.sessions.end_all(name)
    _note(call, "sessions_ended", name)
    return json_response({"ended": ended})


async def _hash(call: ApiCall, password: str) -> str:
    address = call.gateway.authenticator.origin_of(call.request).address
    return await call.gateway.passwords.hash(password, address)


async def _change(call: ApiCall, what: str, *, ends_tokens: bool = False, **change: Any) -> Response:
    """Make a change, the keyword arguments of `staff.with_change`, and end what the former rights gave."""
    gateway, name = call.gateway, call.request.path_params["name"]
    changed = cast(
        "staff.Operator", await operators.change(call.redis, partial(staff.with_change, name=name, **change))
    )
    if "password_hash" in change or changed.disabled:
        await gateway.sessions.end_all(name)
    ended = await gateway.tokens.revoke_made_by(name) if ends_tokens else []
    if changed.disabled:
        await assignments.unassign_all(call.redis, name)
    _note(call, what, name)
    return json_response({"ok": True, "tokens_ended": [token.name for token in ended]})


def _note(call: ApiCall, what: str, name: str) -> None:
    _LOG.info(f"push_gateway.owner.{what}", extra={"operator": name, "by": call.caller.operator})


_OPERATORS = f"{OWNER_API}/operators"
ROUTES = [
    get(_OPERATORS, "manage", show),
    post(_OPERATORS, "manage", add),
    post(f"{_OPERATORS}/{{name}}/disable", "manage", disable, in_time=False),
    post(f"{_OPERATORS}/{{name}}/enable", "manage", enable),
    post(f"{_OPERATORS}/{{name}}/role", "manage", set_role),
    post(f"{_OPERATORS}/{{name}}/password", "manage", set_password),
    post(f"{_OPERATORS}/{{name}}/end-sessions", "manage", end_sessions),
]
