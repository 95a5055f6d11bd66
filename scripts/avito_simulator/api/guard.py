"""The wrapper of every operation: faults, authorization, tariff, the log of calls."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from avito_simulator.api.errors import ApiError
from avito_simulator.faults import EndpointFault
from avito_simulator.simulator import Simulator
from avito_simulator.world import NotThereError, RefusedError

CUT = "avito_simulator.cut"  # the ASGI extension that cuts the connection

Handler = Callable[[Simulator, Request], Awaitable[Response]]


class ConnectionCutError(ConnectionError):
    """The connection was cut on purpose; raised only without a real socket."""


class Cut(Response):
    """Cuts the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut the connection, then wait until the server has noticed."""
        cut = scope.get("extensions", {}).get(CUT)
        if cut is None:
            raise ConnectionCutError
        cut()
        while (await receive())["type"] != "http.disconnect":
            pass


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented operation. `paid`: it needs the tariff."""

    name: str
    method: str
    path: str
    handler: Handler
    paid: bool = True
    needs_token: bool = True

    def endpoint(self, sim: Simulator) -> Callable[[Request], Awaitable[Response]]:
        """Return the function of a route, whose calls are logged."""

        async def answer(request: Request) -> Response:
            at, started = sim.clock(), time.perf_counter()
            sim.called.set()
            response = await _with_faults(sim, self, request)
            sim.calls.append(
                {
                    "at": at,
                    "operation": self.name,
                    "method": request.method,
                    "path": request.url.path,
                    "query": request.url.query,
                    "status": None if isinstance(response, Cut) else response.status_code,
                    "who": getattr(request.state, "who", None),
                    "duration_ms": round((time.perf_counter() - started) * 1000, 2),
                }
            )
            return response

        return answer


async def _with_faults(sim: Simulator, operation: Operation, request: Request) -> Response:
    address = f"{request.url.path}?{request.url.query}"
    fault = sim.faults.pick(operation.name, address, sim.chance)
    if fault is not None and fault.when == "before":
        await request.body()  # a request that has arrived is done even if the caller gives up meanwhile
        await asyncio.sleep(fault.delay_s)
        if (instead := _fault_response(fault)) is not None:
            return instead
    response = await _answered(sim, operation, request)
    if fault is None or fault.when == "before":
        return response
    # An echo does not wait for an answer that is late or lost.
    if response.background is not None:
        await response.background()
        response.background = None
    await asyncio.sleep(fault.delay_s)
    return _fault_response(fault, bytes(response.body).decode()) or response


async def _answered(sim: Simulator, operation: Operation, request: Request) -> Response:
    """Return the operation's own answer, with errors as envelopes."""
    try:
        if operation.needs_token:
            _authorize(sim, request)
        _allowed(sim, operation, request)
        return await operation.handler(sim, request)
    except ApiError as error:
        return error.response()
    except NotThereError:
        return ApiError(404).response()
    except RefusedError as error:
        return ApiError(403, str(error)).response()


def _authorize(sim: Simulator, request: Request) -> None:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise ApiError(401)
    if sim.tokens.get(value.strip(), 0) <= sim.clock():
        raise ApiError(sim.faults.switches.expired_token_status)
    request.state.who = sim.settings.client_id


def _allowed(sim: Simulator, operation: Operation, request: Request) -> None:
    if operation.paid and sim.faults.switches.tariff in ("402", "403"):
        raise ApiError(int(sim.faults.switches.tariff))
    if request.path_params.get("user_id", sim.account.id) != sim.account.id:
        raise ApiError(403)


def _fault_response(fault: EndpointFault, answer: str = "{answer}") -> Response | None:
    if fault.drop:
        return Cut()
    if fault.status is None:
        return None
    body = fault.body.replace("{answer}", answer)
    return Response(body, fault.status, fault.headers, fault.content_type)
