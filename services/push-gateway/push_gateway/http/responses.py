"""Answers as JSON: of values, and of JSON that is in Redis already and is never parsed."""

from collections.abc import Iterable
from typing import Any

import orjson
from starlette.responses import Response

from shared.redis.journal import JournalPosition


def json_response(data: Any, status: int = 200) -> Response:
    """Return JSON."""
    return Response(orjson.dumps(data), status, media_type="application/json")


def done(status: int = 200) -> Response:
    """Return that it was done; 202: that it will be."""
    return json_response({"ok": True}, status)


def spliced(position: JournalPosition, parts: dict[str, bytes]) -> Response:
    """Return an object of ready JSON values, with the journal position that they were read at."""
    parts = parts | {"epoch": orjson.dumps(position.epoch), "seq": b"%d" % position.seq}
    body = b"{%b}" % b",".join(b'"%b":%b' % (name.encode(), value) for name, value in parts.items())
    return Response(body, media_type="application/json")


def array(values: Iterable[bytes | None]) -> bytes:
    """Return ready JSON values as an array; those that are None are left out."""
    return b"[%b]" % b",".join(value for value in values if value is not None)
