"""Floor of ingest: uvicorn that answers 200."""

from starlette.types import Receive, Scope, Send

_HEAD = [(b"content-type", b"application/json"), (b"content-length", b"11")]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 200."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
        await send({"type": "http.response.body", "body": b'{"ok":true}'})
