"""POST /token: the three grants."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from avito_simulator.api.errors import ApiError
from avito_simulator.simulator import Simulator
from avito_simulator.tokens import Token


async def token(sim: Simulator, request: Request) -> Response:
    """Issue a token to the right client; errors have OAuth's form."""
    form = FormData(request.query_params)
    if request.method == "POST":
        form = await request.form()
    elif not sim.faults.switches.token_get:
        raise ApiError(404)
    if request.url.path.endswith("/") and not sim.faults.switches.token_slash:
        raise ApiError(404)
    request.state.who = str(form.get("client_id", ""))
    expected = (sim.settings.client_id, sim.settings.client_secret)
    if (form.get("client_id"), form.get("client_secret")) != expected:
        status = sim.faults.switches.bad_secret_status
        return _refusal("invalid_client", "Client authentication failed", status)
    match form.get("grant_type"):
        case "client_credentials":
            return JSONResponse(_issue(sim, None))
        case "authorization_code":
            return _exchanged(sim, sim.tokens.codes.pop(str(form.get("code", "")), None))
        case "refresh_token":
            return _exchanged(sim, sim.tokens.refresh_tokens.pop(str(form.get("refresh_token", "")), None))
        case _:
            return _refusal("unsupported_grant_type", "The grant type is not supported")


def _exchanged(sim: Simulator, scopes: tuple[str, ...] | None) -> Response:
    """Return a new pair of tokens for a code or refresh token, each valid once."""
    if scopes is None:
        return _refusal("invalid_grant", "The grant is invalid, expired or used")
    refresh = sim.ids.token()
    sim.tokens.refresh_tokens[refresh] = scopes
    more = {"refresh_token": refresh, "scope": ",".join(scopes)}
    return JSONResponse(_issue(sim, scopes) | more)


def _issue(sim: Simulator, scopes: tuple[str, ...] | None) -> dict[str, object]:
    switches, value = sim.faults.switches, sim.ids.token()
    if switches.token_revokes_old:
        sim.tokens.revoke()
    expires = sim.clock() + switches.token_lifetime_s
    sim.tokens.access[value] = Token(sim.settings.client_id, expires, scopes)
    return {"access_token": value, "expires_in": int(switches.token_lifetime_s), "token_type": "Bearer"}


def _refusal(error: str, description: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)
