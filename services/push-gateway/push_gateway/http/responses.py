"""What went well, as JSON; what went wrong is in errors.py."""

from typing import Any

import orjson
from starlette.responses import Response


def answer(data: Any, status: int = 200) -> Response:
    """Return JSON."""
    return Response(orjson.dumps(data), status, media_type="application/json")


def done(status: int = 200) -> Response:
    """Return that it was done; 202: that it will be."""
    return answer({"ok": True}, status)
