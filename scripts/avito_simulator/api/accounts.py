"""The account itself."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from avito_simulator.simulator import Simulator


async def self_info(sim: Simulator, request: Request) -> Response:
    """Return the account of the token."""
    return JSONResponse(asdict(sim.account) | {"phones": [sim.account.phone]})
