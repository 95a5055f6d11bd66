"""Chats: list, one, mark as read, blacklist."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from avito_simulator.api.errors import invalid
from avito_simulator.api.query import json_object, listed, listed_chats
from avito_simulator.model import Chat
from avito_simulator.simulator import Simulator
from avito_simulator.wire import encode

REASONS = (1, 2, 3, 4)


async def chats(sim: Simulator, request: Request) -> Response:
    """Return the chats of a query, the most recently updated first unless the switches say otherwise."""
    return listed(sim, request, "chats", listed_chats(sim, request), lambda chat: _written(sim, chat))


async def chat(sim: Simulator, request: Request) -> Response:
    """Return one chat, not wrapped."""
    written = _written(sim, sim.world.chat(request.path_params["chat_id"]))
    return Response(encode(written, sim.faults.switches), media_type="application/json")


async def read(sim: Simulator, request: Request) -> Response:
    """Mark a chat as read by the seller."""
    sim.world.read_by_account(request.path_params["chat_id"])
    return JSONResponse({"ok": True})


async def blacklist(sim: Simulator, request: Request) -> Response:
    """Block buyers: all, or none if one entry is wrong. The answer has no body."""
    body = await json_object(request)
    users = body.get("users")
    if not isinstance(users, list) or not users:
        raise invalid(users="must be a list with at least one user")
    for user_id, reason_id in [_blocked(user) for user in users]:
        sim.world.block(user_id, reason_id)
    return Response()


def _written(sim: Simulator, chat: Chat) -> dict[str, Any]:
    return sim.wire.chat(chat, sim.clock(), stub=sim.faults.switches.tariff.startswith("stub"))


def _blocked(user: object) -> tuple[int, int]:
    if not isinstance(user, dict) or type(user.get("user_id")) is not int:
        raise invalid(users="user_id must be a whole number")
    context = user.get("context", {})
    reason_id = context.get("reason_id", 4) if isinstance(context, dict) else None
    if reason_id not in REASONS:
        raise invalid(reason_id="must be 1, 2, 3 or 4")
    return user["user_id"], reason_id
