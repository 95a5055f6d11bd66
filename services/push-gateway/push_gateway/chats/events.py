"""`GET api/events`: the journal for browsers that cannot hold a WebSocket."""

from starlette.responses import Response

from push_gateway.auth.access import PATH
from push_gateway.http.errors import ApiError
from push_gateway.http.responses import array, spliced
from push_gateway.http.routes import ApiCall, get
from shared.redis.journal import JournalPosition
from shared.redis.journal_reader import head, read_after

_EVENTS_AT_MOST = 500


async def events(call: ApiCall) -> Response:
    """Answer `GET api/events?epoch=&seq=`: what happened after a position.

    It reaches to `seq`; where that is below `head` there is more to ask for.
    """
    seq = call.request.query_params.get("seq", "")
    if seq and not (seq.isascii() and seq.isdigit() and len(seq) <= 18):
        raise ApiError(422, "bad_seq", "seq must be a whole number.")
    if not seq:
        return spliced(await head(call.redis), {"events": b"[]", "recovered": b"false"})
    position = JournalPosition(call.request.query_params.get("epoch", ""), int(seq))
    part = await read_after(call.redis, position, _EVENTS_AT_MOST)
    if part.gap:
        return spliced(part.newest, {"events": b"[]", "recovered": b"false"})
    parts = {"events": array(part.events), "recovered": b"true", "head": b"%d" % part.head}
    return spliced(part.reached, parts)


ROUTES = [get(f"{PATH}api/events", "read", events)]
