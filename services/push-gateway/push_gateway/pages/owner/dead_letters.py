"""Dead letters: webhooks that could not be committed; listed, and redriven one by one or all."""

import logging

from starlette.responses import Response

from push_gateway.http.errors import ApiError
from push_gateway.http.paging import before_of
from push_gateway.http.responses import done, json_response
from push_gateway.http.routes import OWNER_API, ApiCall, get, post
from shared.redis import keys
from shared.wires import dead_letters
from shared.wires.dead_letters import DeadLetter
from shared.wires.webhook_body import readable

_PAGE = 50
_SHOWN = 2_000
_LOG = logging.getLogger("push_gateway.owner")


async def show(call: ApiCall) -> Response:
    """Answer `GET dead?before=`: newest first; `next` is the `before` of the next page."""
    before = before_of(call.request, _read_id) or ""
    count = await call.redis.xlen(keys.DEAD)
    letters = await dead_letters.newest(call.redis, _PAGE + 1, before)
    following = letters[_PAGE - 1].id if len(letters) > _PAGE else None
    return json_response(
        {"dead": [_shown(letter) for letter in letters[:_PAGE]], "count": count, "next": following}
    )


async def redrive(call: ApiCall) -> Response:
    """Answer `POST dead/{id}/redrive`: it is processed again."""
    letter_id = call.request.path_params["id"]
    if not await dead_letters.redrive(call.redis, letter_id):
        raise ApiError(404, "unknown_letter", "There is no such dead letter (any more).")
    _LOG.info("push_gateway.owner.redriven", extra={"letter": letter_id, "by": call.caller.operator})
    return done()


async def redrive_all(call: ApiCall) -> Response:
    """Answer `POST dead/redrive`: `{"redriven"}` says how many were put back."""
    redriven = await dead_letters.redrive_all(call.redis)
    _LOG.info("push_gateway.owner.redriven", extra={"letters": redriven, "by": call.caller.operator})
    return json_response({"redriven": redriven})


def _read_id(text: str) -> str:
    if not dead_letters.is_id(text):
        raise ValueError("not the id of a dead letter")
    return text


def _shown(letter: DeadLetter) -> dict[str, object]:
    return {
        "id": letter.id,
        "reason": letter.reason,
        "outcome": letter.outcome,
        "count": letter.count,
        "at": letter.at,
        "accepted": letter.webhook.accepted,
        "size": len(letter.webhook.body),
        "body": readable(letter.webhook)[:_SHOWN].decode("utf-8", "replace"),
    }


ROUTES = [
    get(f"{OWNER_API}/dead", "manage", show),
    post(f"{OWNER_API}/dead/redrive", "manage", redrive_all, in_time=False),
    post(f"{OWNER_API}/dead/{{id}}/redrive", "manage", redrive),
]
