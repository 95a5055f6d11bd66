"""Health and metrics, the same in every service."""

from collections.abc import Mapping

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter
from starlette.applications import Starlette

from shared.http.health import health_routes

pytestmark = pytest.mark.anyio


async def ask(path: str, parts: Mapping[str, object]) -> httpx.Response:
    async def ready() -> Mapping[str, object]:
        return parts

    registry = CollectorRegistry()
    Counter("cups_total", "Cups of tea", registry=registry).inc(3)
    app = Starlette(routes=health_routes(ready, registry))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        return await client.get(path)


async def test_a_process_that_answers_is_alive_even_if_its_parts_are_not_ready() -> None:
    assert (await ask("/livez", {"ready": False})).status_code == 200


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
async def test_ready_is_what_the_service_says_with_its_parts(ready: bool, status: int) -> None:
    response = await ask("/readyz", {"ready": ready, "redis": True})

    assert (response.status_code, response.json()) == (status, {"ready": ready, "redis": True})


async def test_metrics_are_only_those_of_the_registry() -> None:
    response = await ask("/metrics", {})

    assert response.headers["content-type"].startswith("text/plain")
    assert "cups_total 3.0" in response.text
    assert "python_info" not in response.text
