"""Floor of ingest: uvicorn that answers 200, configured like ours. Argument: port."""

import sys

import uvicorn
from starlette.types import Receive, Scope, Send

_BODY = b'{"ok":true}'
_HEAD = [(b"content-type", b"application/json"), (b"content-length", b"11")]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 200."""
    await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
    await send({"type": "http.response.body", "body": _BODY})


def serve(port: int, application: object, *, lifespan: str = "off") -> None:
    """Run an ASGI app as our services do."""
    uvicorn.run(
        application,  # type: ignore[arg-type]  # an ASGI app is a callable of three
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan=lifespan,  # type: ignore[arg-type]  # on or off
        access_log=False,
        log_level="warning",
        backlog=4096,
        server_header=False,
    )


if __name__ == "__main__":
    serve(int(sys.argv[1]), app)
