"""Subscribe, unsubscribe, list."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from avito_simulator.api.errors import invalid
from avito_simulator.api.query import json_object
from avito_simulator.simulator import Simulator


async def subscribe(sim: Simulator, request: Request) -> Response:
    """Register a URL, which replaces the previous one."""
    sim.delivery.urls = [await _url(request)]
    return _answer(sim, {"ok": True})


async def unsubscribe(sim: Simulator, request: Request) -> Response:
    """End a subscription; the answer for an unknown URL is the same."""
    url = await _url(request)
    sim.delivery.urls = [one for one in sim.delivery.urls if one != url]
    return _answer(sim, {"ok": True})


async def subscriptions(sim: Simulator, request: Request) -> Response:
    """Return all registered URLs."""
    return _answer(sim, {"subscriptions": sim.wire.subscriptions(sim.delivery.urls)})


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
