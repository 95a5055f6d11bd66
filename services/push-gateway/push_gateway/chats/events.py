"""`GET api/events`: the journal for browsers that cannot hold a WebSocket."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth.access import PATH
from push_gateway.http.errors import ApiError, bounded
from push_gateway.http.gateway import gateway_of
from push_gateway.http.responses import array, spliced
from shared.redis.journal import JournalPosition
from shared.redis.journal_reader import head, read_after

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
        return spliced(await head(gateway.redis), {"events": b"[]", "recovered": b"false"})
    position = JournalPosition(request.query_params.get("epoch", ""), int(seq))
    part = await read_after(gateway.redis, position, _EVENTS_AT_MOST)
    if part.gap:
        return spliced(part.newest, {"events": b"[]", "recovered": b"false"})
    parts = {"events": array(part.events), "recovered": b"true", "head": b"%d" % part.head}
    return spliced(part.reached, parts)


ROUTES = [Route(f"{PATH}api/events", bounded(events))]
