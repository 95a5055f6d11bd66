"""`GET api/events`: the journal for browsers that cannot hold a WebSocket."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth.access import PATH
from push_gateway.http.errors import ApiError, bounded
from push_gateway.http.gateway import gateway_of
from push_gateway.http.responses import array, spliced
from push_gateway.ws import journal

_EVENTS_AT_MOST = 500


async def events(request: Request) -> Response:
    """Answer `GET api/events?epoch=&seq=`: what happened after a position.

    It reaches to `seq`; where that is below `head` there is more to ask for.
    """
    gateway = gateway_of(request)
    await gateway.authenticator.authorize(request, "read")
    seq = request.query_params.get("seq", "")
    if seq and not (seq.isascii() and seq.isdigit() and len(seq) <= 18):
        raise ApiError(422, "bad_seq", "seq must be a whole number.")
    if not seq:
        epoch, head = await journal.head(gateway.redis)
        return spliced(epoch, head, {"events": b"[]", "recovered": b"false"})
    part = await journal.read(gateway.redis, int(seq), _EVENTS_AT_MOST)
    follows = part.rows[0][0] == int(seq) + 1 if part.rows else part.head == int(seq)
    if not follows or part.epoch != request.query_params.get("epoch"):
        return spliced(part.epoch, part.head, {"events": b"[]", "recovered": b"false"})
    reached = part.rows[-1][0] if part.rows else part.head
    shown = array(event for _, event in part.rows)
    return spliced(part.epoch, reached, {"events": shown, "recovered": b"true", "head": b"%d" % part.head})


ROUTES = [Route(f"{PATH}api/events", bounded(events))]
