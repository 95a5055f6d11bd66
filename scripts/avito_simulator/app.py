"""The Starlette application around a simulator."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from avito_simulator.api import operations
from avito_simulator.api.errors import not_found
from avito_simulator.background import running
from avito_simulator.control import routes as control
from avito_simulator.demo.live import Demo
from avito_simulator.media import routes as media
from avito_simulator.simulator import Simulator
from avito_simulator.state import StateFile


def create_app(simulator: Simulator, demo: Demo | None = None) -> Starlette:
    """Return the application: Avito's API, the control API and the pictures.

    The lifespan loads the state. At the end the demo stops first, then the webhooks, then the state is saved.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if (path := simulator.settings.state_file) is not None:
                await stack.enter_async_context(StateFile(path, simulator, demo).kept())
            if (url := simulator.settings.subscribed) is not None:
                simulator.delivery.urls = [url]
            await stack.enter_async_context(simulator.delivery.running())
            if demo is not None:
                await stack.enter_async_context(running(demo.run()))
            yield

    async def alive(request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[
            Route("/livez", alive),
            *operations.routes(simulator),
            *media.routes(simulator),
            control.routes(simulator),
        ],
        lifespan=lifespan,
        exception_handlers={404: not_found, 405: not_found},
    )
