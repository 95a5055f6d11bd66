"""Writing and removing notes over HTTP."""

import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth.access import PATH
from push_gateway.chats.accounts import account_of
from push_gateway.features.notes import repository
from push_gateway.features.notes.repository import LONGEST, MOST, NoteKey
from push_gateway.http.bodies import read_json
from push_gateway.http.errors import ApiError, bounded
from push_gateway.http.gateway import gateway_of
from push_gateway.http.responses import done
from shared.wires.outbox import REF

_LOG = logging.getLogger("push_gateway.notes")


async def post_note(request: Request) -> Response:
    """Answer `POST …/notes` `{"text", "ref"}`: 202 with the note; a repeated request makes no other note."""
    gateway = gateway_of(request)
    caller = await gateway.authenticator.authorize(request, "reply")
    data = await read_json(request)
    text, ref = _text(data.get("text")), data.get("ref")
    if not isinstance(ref, str) or not REF.fullmatch(ref):
        raise ApiError(422, "bad_ref", "ref must be 1 to 64 letters, digits or hyphens.")
    chat_id = request.path_params["chat_id"]
    account = await account_of(gateway.redis, chat_id)
    verdict, note = await repository.write(
        gateway.redis, NoteKey(account, chat_id, ref), text, caller.operator
    )
    match verdict:
        case "written" | "known":
            return Response(note, 202, media_type="application/json")
        case "conflict":
            raise ApiError(409, "other_note", "This ref belongs to another note.")
        case "unknown":
            raise ApiError(404, "unknown_chat", "There is no such chat.")
        case "full":
            raise ApiError(409, "too_many_notes", f"This chat has {MOST} notes: remove an old one first.")


async def post_delete(request: Request) -> Response:
    """Answer `POST …/notes/{id}/delete`: 202; 403 for another author's note, except to an owner."""
    gateway = gateway_of(request)
    caller = await gateway.authenticator.authorize(request, "reply")
    chat_id, note_id = request.path_params["chat_id"], request.path_params["note_id"]
    account = await account_of(gateway.redis, chat_id)
    author = None if caller.may("manage") else caller.operator
    verdict = await repository.remove(gateway.redis, NoteKey(account, chat_id, note_id), author)
    if verdict == "unknown":
        raise ApiError(404, "unknown_note", "There is no such note (any more).")
    if verdict == "foreign":
        raise ApiError(403, "forbidden", "Only the author of a note, or an owner, may remove it.")
    _LOG.info("push_gateway.notes.removed", extra={"by": caller.operator})
    return done(202)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ApiError(422, "bad_text", "A text is needed.")
    if len(value) > LONGEST:
        raise ApiError(422, "bad_text", f"The note is longer than {LONGEST} characters.")
    return value


_NOTES = f"{PATH}api/chats/{{chat_id:path}}/notes"
ROUTES = [
    Route(_NOTES, bounded(post_note), methods=["POST"]),
    Route(f"{_NOTES}/{{note_id}}/delete", bounded(post_delete), methods=["POST"]),
]
