"""The routes of the control API."""

from starlette.requests import Request
from starlette.routing import Mount, Route

from avito_simulator.control import load, story, trouble, truth
from avito_simulator.control.handle import Answer, get
from avito_simulator.simulator import Simulator


def routes(sim: Simulator) -> Mount:
    """Return the mount at /_control; GET /_control/ lists its routes."""
    parts: list[Route] = [
        *story.routes(sim),
        *trouble.routes(sim),
        *truth.routes(sim),
        *load.routes(sim),
    ]

    async def index(request: Request) -> Answer:
        return {
            "routes": [
                f"{method} /_control{route.path}"
                for route in parts
                for method in sorted((route.methods or set()) - {"HEAD"})
            ]
        }

    return Mount("/_control", routes=[get("/", index), *parts])
