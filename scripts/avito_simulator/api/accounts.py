"""The account: the grant of a token for it, and itself."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from avito_simulator.simulator import Simulator


async def token(sim: Simulator, request: Request) -> Response:
    """Issue a token to the right client; errors have OAuth's form."""
    form = await request.form()
    request.state.who = str(form.get("client_id", ""))
    switches = sim.faults.switches
    expected = (sim.settings.client_id, sim.settings.client_secret)
    if (form.get("client_id"), form.get("client_secret")) != expected:
        return _refusal("invalid_client", "Client authentication failed", switches.bad_secret_status)
    if form.get("grant_type") != "client_credentials":
        return _refusal("unsupported_grant_type", "The grant type is not supported", 400)
    value = sim.ids.token()
    sim.tokens[value] = sim.clock() + switches.token_lifetime_s
    lifetime = int(switches.token_lifetime_s)
    return JSONResponse({"access_token": value, "expires_in": lifetime, "token_type": "Bearer"})


async def self_info(sim: Simulator, request: Request) -> Response:
    """Return the account of the token."""
    return JSONResponse(asdict(sim.account) | {"phones": [sim.account.phone]})


def _refusal(error: str, description: str, status: int) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)
