"""Switches, endpoint faults, tokens and subscriptions."""

from typing import Any

from msgspec import ValidationError

from avito_simulator.api.operations import NAMES
from avito_simulator.control.story import Answer
from avito_simulator.faults import EndpointFault
from avito_simulator.simulator import Simulator


async def show(sim: Simulator) -> Answer:
    """Return everything that is switched, and the names of the operations."""
    return sim.faults.as_json() | {"operations": list(NAMES)}


async def change(sim: Simulator, body: dict[str, Any]) -> Answer:
    """Change some switches."""
    sim.faults.set(body)
    return sim.faults.as_json()


async def reset(sim: Simulator) -> Answer:
    """Reset all switches and endpoint faults."""
    sim.faults.reset()
    return sim.faults.as_json()


async def strike(sim: Simulator, body: EndpointFault) -> Answer:
    """Add an endpoint fault."""
    if body.operation not in (*NAMES, "*"):
        raise ValidationError(f"operation: must be * or one of {', '.join(NAMES)}")
    sim.faults.endpoints.append((body, 0))
    return sim.faults.as_json()


async def calm(sim: Simulator) -> Answer:
    """End all endpoint faults."""
    sim.faults.endpoints.clear()
    return sim.faults.as_json()


async def revoke(sim: Simulator) -> Answer:
    """Revoke all access tokens."""
    revoked = len(sim.tokens)
    sim.tokens.clear()
    return {"revoked": revoked}


async def subscriptions(sim: Simulator, *, urls: list[str]) -> Answer:
    """Make these URLs the only subscriptions, as another product or Avito might do."""
    sim.delivery.urls = list(dict.fromkeys(urls))
    return {"subscriptions": sim.wire.subscriptions(sim.delivery.urls)}
