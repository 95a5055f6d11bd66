"""Switches, endpoint faults, tokens and subscriptions."""

from typing import Any

from msgspec import ValidationError
from starlette.requests import Request
from starlette.routing import Route

from avito_simulator.api.operations import NAMES
from avito_simulator.control.bodies import MakeCode, Nothing, ReplaceSubscriptions
from avito_simulator.control.handle import Answer, get, post
from avito_simulator.faults import EndpointFault
from avito_simulator.simulator import Simulator


def routes(sim: Simulator) -> list[Route]:
    """Return the routes that set, show and end faults."""

    async def show(request: Request) -> Answer:
        return sim.faults.as_json() | {"operations": list(NAMES)}

    async def change(request: Request, body: dict[str, Any]) -> Answer:
        sim.faults.set(body)
        return sim.faults.as_json()

    async def reset(request: Request, body: Nothing) -> Answer:
        sim.faults.reset()
        return sim.faults.as_json()

    async def strike(request: Request, body: EndpointFault) -> Answer:
        if body.operation not in (*NAMES, "*"):
            raise ValidationError(f"operation: must be * or one of {', '.join(NAMES)}")
        sim.faults.add(body)
        return sim.faults.as_json()

    async def calm(request: Request, body: Nothing) -> Answer:
        sim.faults.clear()
        return sim.faults.as_json()

    async def revoke(request: Request, body: Nothing) -> Answer:
        return {"revoked": sim.tokens.revoke()}

    async def code(request: Request, body: MakeCode) -> Answer:
        made = sim.ids.token()
        sim.tokens.codes[made] = body.scopes
        return {"code": made}

    async def subscriptions(request: Request, body: ReplaceSubscriptions) -> Answer:
        sim.subscriptions.replace_all(body.urls)
        return {"subscriptions": sim.subscriptions.as_json()}

    return [
        get("/faults", show),
        post("/faults", dict, change),
        post("/faults/reset", Nothing, reset),
        post("/faults/endpoints", EndpointFault, strike),
        post("/faults/endpoints", Nothing, calm, methods=("DELETE",)),
        post("/tokens/revoke", Nothing, revoke),
        post("/tokens/expire", Nothing, revoke),
        post("/tokens/code", MakeCode, code),
        post("/subscriptions", ReplaceSubscriptions, subscriptions, methods=("PUT",)),
    ]
