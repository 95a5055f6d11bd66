"""Writing and removing notes over HTTP."""

import logging

from starlette.responses import Response

from push_gateway.auth.access import PATH
from push_gateway.chats.requested_chat import chat_of
from push_gateway.features.notes import repository
from push_gateway.features.notes.repository import LONGEST, MOST, NoteKey
from push_gateway.http.bodies import read_json, ref_field, words_field
from push_gateway.http.errors import ApiError
from push_gateway.http.responses import done
from push_gateway.http.routes import ApiCall, post

_LOG = logging.getLogger("push_gateway.notes")


async def post_note(call: ApiCall) -> Response:
    """Answer `POST …/notes` `{"text", "ref"}`: 202 with the note; a repeated request makes no other note."""
    call.gateway.authenticator.check_rate(call.request, call.caller, call.gateway.note_rates)
    data = await read_json(call.request)
    text, ref = words_field(data, LONGEST, "note"), ref_field(data)
    key = NoteKey(*await chat_of(call), ref)
    verdict, note = await repository.write(call.redis, key, text, call.caller.operator)
    match verdict:
        case "written" | "known":
            return Response(note, 202, media_type="application/json")
        case "conflict":
            raise ApiError(409, "other_note", "This ref belongs to another note.")
        case "unknown":
            raise ApiError(404, "unknown_chat", "There is no such chat.")
        case "full":
            message = f"This chat has {MOST} notes, or very long ones: remove an old one first."
            raise ApiError(409, "too_many_notes", message)
        case "all_full":
            raise ApiError(409, "notes_full", "All notes together are too long: remove old ones first.")


async def post_delete(call: ApiCall) -> Response:
    """Answer `POST …/notes/{id}/delete`: 202; 403 for another author's note, except to an owner."""
    key = NoteKey(*await chat_of(call), call.request.path_params["note_id"])
    author = None if call.caller.may("manage") else call.caller.operator
    verdict = await repository.remove(call.redis, key, author)
    if verdict == "unknown":
        raise ApiError(404, "unknown_note", "There is no such note (any more).")
    if verdict == "foreign":
        raise ApiError(403, "forbidden", "Only the author of a note, or an owner, may remove it.")
    _LOG.info("push_gateway.notes.removed", extra={"by": call.caller.operator})
    return done(202)


_NOTES = f"{PATH}api/chats/{{chat_id:path}}/notes"
ROUTES = [
    post(_NOTES, "reply", post_note),
    post(f"{_NOTES}/{{note_id}}/delete", "reply", post_delete),
]
