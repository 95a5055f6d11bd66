"""Health and metrics, the same in every service."""

from collections.abc import Mapping

import httpx2
import pytest
from prometheus_client import CollectorRegistry, Counter
from starlette.applications import Starlette

from shared.http.health import health_routes
from shared.process import lifecycle

pytestmark = pytest.mark.anyio


async def ask(path: str, parts: Mapping[str, object], accept: bytes = b"") -> httpx2.Response:
    async def ready() -> Mapping[str, object]:
        return parts

    registry = CollectorRegistry()
    Counter("cups_total", "Cups of tea", registry=registry).inc(3)
    app = Starlette(routes=health_routes(ready, registry))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://service") as client:
        return await client.get(path, headers={b"accept": accept})


async def test_a_process_that_answers_is_alive_even_if_its_parts_are_not_ready() -> None:
    assert (await ask("/livez", {"ready": False})).status_code == 200


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
async def test_ready_is_what_the_service_says_with_its_parts(ready: bool, status: int) -> None:
    response = await ask("/readyz", {"ready": ready, "redis": True})

    assert (response.status_code, response.json()) == (status, {"ready": ready, "redis": True})


async def test_at_its_end_a_service_is_alive_and_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "is_ending", lambda: True)

    assert (await ask("/livez", {"ready": True})).status_code == 200
    response = await ask("/readyz", {"ready": True})
    assert (response.status_code, response.json()) == (503, {"ready": False, "ending": True})


@pytest.mark.parametrize("version", ["1.0.0", "0.0.1", "", "1", "x", "1.x", "\xff", "99999999999.0.0"])
@pytest.mark.parametrize("kind", ["application/openmetrics-text", "text/plain"])
async def test_metrics_are_given_whatever_version_a_scraper_accepts(kind: str, version: str) -> None:
    response = await ask("/metrics", {}, accept=f"{kind};version={version}".encode("latin-1"))

    assert response.status_code == 200
    assert "cups_total 3.0" in response.text


async def test_metrics_are_only_those_of_the_registry() -> None:
    response = await ask("/metrics", {})

    assert response.headers["content-type"].startswith("text/plain")
    assert "cups_total 3.0" in response.text
    assert "python_info" not in response.text
