"""Dead letters: webhooks that could not be committed; listed, and redriven one by one or all."""

import logging
import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.http.errors import ApiError, bounded
from push_gateway.http.paging import before_of
from push_gateway.http.responses import done, json_response
from push_gateway.pages.owner.api import API, authorize_owner
from shared.redis import keys
from shared.wires import dead_letters
from shared.wires.dead_letters import DeadLetter

_PAGE = 50
_SHOWN = 2_000
_ID = re.compile(r"\d{1,18}-\d{1,18}")
_LOG = logging.getLogger("push_gateway.owner")


async def show(request: Request) -> Response:
    """Answer `GET dead?before=`: newest first; `next` is the `before` of the next page."""
    gateway, _ = await authorize_owner(request)
    before = before_of(request, _read_id) or ""
    count = await gateway.redis.xlen(keys.DEAD)
    letters = await dead_letters.newest(gateway.redis, _PAGE + 1, before)
    following = letters[_PAGE - 1].id if len(letters) > _PAGE else None
    return json_response(
        {"dead": [_shown(letter) for letter in letters[:_PAGE]], "count": count, "next": following}
    )


async def redrive(request: Request) -> Response:
    """Answer `POST dead/{id}/redrive`: it is processed again."""
    gateway, caller = await authorize_owner(request)
    letter_id = request.path_params["id"]
    if not _ID.fullmatch(letter_id) or not await dead_letters.redrive(gateway.redis, letter_id):
        raise ApiError(404, "unknown_letter", "There is no such dead letter (any more).")
    _LOG.info("push_gateway.owner.redriven", extra={"letter": letter_id, "by": caller.operator})
    return done()


async def redrive_all(request: Request) -> Response:
    """Answer `POST dead/redrive`: `{"redriven"}` says how many were put back."""
    gateway, caller = await authorize_owner(request)
    redriven = await dead_letters.redrive_all(gateway.redis)
    _LOG.info("push_gateway.owner.redriven", extra={"letters": redriven, "by": caller.operator})
    return json_response({"redriven": redriven})


def _read_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError("not the id of a dead letter")
    return text


def _shown(letter: DeadLetter) -> dict[str, object]:
    body = letter.webhook.body
    return {
        "id": letter.id,
        "reason": letter.reason,
        "at": letter.at,
        "accepted": letter.webhook.accepted,
        "size": len(body),
        "body": body[:_SHOWN].decode("utf-8", "replace"),
    }


ROUTES = [
    Route(f"{API}/dead", bounded(show)),
    Route(f"{API}/dead/redrive", redrive_all, methods=["POST"]),
    Route(f"{API}/dead/{{id}}/redrive", bounded(redrive), methods=["POST"]),
]
