"""HTTP, ingest: what Avito and monitoring rely on."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from shared import __version__
from testbed import SECRET, System, until

pytestmark = pytest.mark.anyio

PATH = "/admin/avito/webhook"
LONGEST = 256 * 1024
PATHS = pytest.mark.parametrize("path", [PATH, f"{PATH}/{SECRET}", f"{PATH}/wrong"])


async def in_chunks(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 16_384):
        yield b" " * min(16_384, size - start)


@PATHS
@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "chunked"])
async def test_anything_up_to_256_kib_is_200_and_a_byte_more_413(
    system: System, path: str, chunked: bool
) -> None:
    url = system.url("ingest") + path

    def body(size: int) -> Any:
        return in_chunks(size) if chunked else b" " * size

    longest = await system.http.post(url, content=body(LONGEST))
    too_long = await system.http.post(url, content=body(LONGEST + 1))

    assert (longest.status_code, longest.text) == (200, '{"ok":true}')
    assert too_long.status_code == 413


@PATHS
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_every_method_but_post_is_405(system: System, path: str, method: str) -> None:
    answer = await system.http.request(method, system.url("ingest") + path)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("part", ["ingest", "gateway"])
async def test_the_status_has_these_fields(system: System, part: str) -> None:
    async def well() -> dict[str, Any] | None:
        status: dict[str, Any] = (await system.http.get(f"{system.url(part)}{PATH}/status")).json()
        return status if status["status"] == "ok" and status["last_canary_at"] else None

    status = await until(well)

    for name in ("last_webhook_at", "last_event_at"):
        assert isinstance(status.pop(name), float | None)
    assert isinstance(status.pop("last_canary_at"), float)
    assert isinstance(status.pop("websocket_connections"), int)
    assert status.pop("latency_ms").keys() == {"p50", "p99"}
    assert status.pop("sweep").keys() == {"received", "shown", "missing", "unchecked"}
    assert status.pop("inbox").keys() == {"waiting", "oldest_s"}
    assert isinstance(status.pop("dead"), int)
    assert isinstance(status.pop("events"), list)
    # Fields may be added; these stay.
    assert (
        status
        | {
            "status": "ok",
            "mode": "webhook",
            "reason": None,
            "wanted": True,
            "subscribed": True,
            "spooled": 0,
            "outbox": {"waiting": 0},
            "workers": 1,
            "gateways": 1,
            "version": __version__,
        }
        == status
    )


@pytest.mark.parametrize("part", ["ingest", "worker", "gateway"])
async def test_every_part_tells_whether_it_lives_is_ready_and_how_it_does(system: System, part: str) -> None:
    answers = [await system.http.get(system.url(part) + path) for path in ("/livez", "/readyz", "/metrics")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[1].json()["ready"] is True
    assert "avito_live_" in answers[2].text


async def test_the_status_never_tells_a_secret(system: System) -> None:
    async with httpx2.AsyncClient(timeout=20) as http:
        answers = [await http.get(f"{system.url(part)}{PATH}/status") for part in ("ingest", "gateway")]

    assert not any(SECRET in answer.text for answer in answers)
