"""Messages: history, send text, send a picture, delete."""

from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from avito_simulator import content
from avito_simulator.api.errors import ApiError, invalid
from avito_simulator.api.guard import Cut
from avito_simulator.api.query import json_object, listed
from avito_simulator.model import Message
from avito_simulator.simulator import Simulator

TEXT_LIMIT = 1000


async def messages(sim: Simulator, request: Request) -> Response:
    """Return a page of a chat's history, newest first, without marking the chat as read."""
    switches = sim.faults.switches
    thread = sim.world.thread(request.path_params["chat_id"], sim.clock())

    def written(message: Message) -> dict[str, Any]:
        stub = switches.tariff == "stub"
        return sim.wire.message(message, read_field=switches.read_field, stub=stub)

    return listed(sim, request, "messages", thread, written)


async def send_text(sim: Simulator, request: Request) -> Response:
    """Send a text to an existing chat."""
    chat_id = sim.world.chat(request.path_params["chat_id"]).id
    body = await json_object(request)
    message = body.get("message")
    text = message.get("text") if isinstance(message, dict) else None
    if body.get("type") != "text":
        raise invalid(type="must be text")
    if not isinstance(text, str) or not text.strip():
        raise invalid(text="must not be empty")
    if len(text) > TEXT_LIMIT:
        raise invalid(text=f"must be at most {TEXT_LIMIT} characters")
    return await _sent(sim, sim.send(chat_id, "text", {"text": text}))


async def send_image(sim: Simulator, request: Request) -> Response:
    """Send an uploaded picture to an existing chat."""
    chat_id = sim.world.chat(request.path_params["chat_id"]).id
    image_id = (await json_object(request)).get("image_id")
    if not isinstance(image_id, str) or sim.uploads.get(image_id) is None:
        raise invalid(image_id="no such picture was uploaded")
    mark = ".moved" if sim.faults.switches.picture_urls_move else ""
    links = content.sizes(lambda size: sim.wire.upload(image_id, size, mark))
    return await _sent(sim, sim.send(chat_id, "image", {"image": {"sizes": links}}))


async def delete(sim: Simulator, request: Request) -> Response:
    """Delete a message of the account while that is still allowed."""
    chat_id, message_id = request.path_params["chat_id"], request.path_params["message_id"]
    message = sim.world.message(chat_id, message_id)
    if message.author_id != sim.account.id:
        raise ApiError(403)
    if sim.clock() - message.created > sim.faults.switches.delete_window_s:
        raise ApiError(400, "The message is too old to be deleted")
    sim.delete(chat_id, message_id)
    return JSONResponse({})


async def _sent(sim: Simulator, message: Message) -> Response:
    """Return the answer to a send, with its echo before, after or instead of it."""
    await sim.echo_early(message)
    if sim.chance.random() < sim.faults.switches.send_drop:
        await sim.echo(message)
        return Cut()
    answer: dict[str, Any] = {
        "id": message.id,
        "created": message.created,
        "direction": "out",
        "type": message.type,
        "content": message.content,
    }
    if message.type == "image":
        answer["author_id"] = message.author_id
    return JSONResponse(answer, background=BackgroundTask(sim.echo, message))
