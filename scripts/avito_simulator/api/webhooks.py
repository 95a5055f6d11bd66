"""Subscribe, unsubscribe, list."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from avito_simulator.api.errors import ApiError, invalid
from avito_simulator.api.query import json_object
from avito_simulator.simulator import Simulator


async def subscribe(sim: Simulator, request: Request) -> Response:
    """Register a URL, which replaces the previous one."""
    url = await _url(request)
    switches = sim.faults.switches
    if switches.subscribe_reject_http and not url.startswith("https://"):
        raise invalid(url="must be https")
    if switches.subscribe_probe and not await sim.delivery.probe(url):
        raise invalid(url="did not answer 200 to a POST of {} in time")
    if switches.subscribe_again == "409" and url in sim.subscriptions.urls:
        raise ApiError(409, "The webhook is already registered")
    sim.subscriptions.add(url, beside_others=switches.subscriptions_many)
    return _answer(sim, {"ok": True})


async def unsubscribe(sim: Simulator, request: Request) -> Response:
    """End a subscription; the answer for an unknown URL is the same."""
    sim.subscriptions.remove(await _url(request))
    return _answer(sim, {"ok": True})


async def subscriptions(sim: Simulator, request: Request) -> Response:
    """Return all registered URLs."""
    return _answer(sim, {"subscriptions": sim.subscriptions.as_json()})


async def _url(request: Request) -> str:
    url = (await json_object(request)).get("url")
    with suppress(ValueError):
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts and parts.scheme in ("http", "https") and parts.hostname:
            return str(url)
    raise invalid(url="must be an http or https URL")


def _answer(sim: Simulator, body: dict[str, Any]) -> Response:
    """Return JSON, with the content type text/plain if switched so, as Avito sometimes does."""
    plain = sim.faults.switches.subscribe_plain_text
    return Response(json.dumps(body), media_type="text/plain" if plain else "application/json")
