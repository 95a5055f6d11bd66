"""The status address, the same as at ingest."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from push_gateway.auth.access import PATH


async def show(request: Request) -> Response:
    """Answer `GET webhook/status`: always 200, for everybody, without secrets."""
    response: Response = await request.state.status.show(request)
    return response


ROUTES = [Route(f"{PATH}webhook/status", show)]
