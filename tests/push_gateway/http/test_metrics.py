import time

import pytest

from push_gateway.http.metrics import Latency
from testbed import System, until
from tests.push_gateway.panel import Panel, write


def test_quantiles_are_of_the_last_minutes_alone() -> None:
    latency = Latency(window=60)
    latency.add(9.0, now=0)
    for number in range(100):
        latency.add(number / 1000, now=100)

    assert latency.quantiles(now=120) == {"p50": 49.0, "p99": 98.0}
    assert latency.quantiles(now=500) == {"p50": None, "p99": None}


def test_the_number_of_measurements_is_bounded() -> None:
    latency = Latency(most=10)
    for number in range(1_000):
        latency.add(number, now=0)

    assert latency.quantiles(now=0)["p50"] == 994_000


@pytest.mark.anyio
async def test_the_way_to_socket_and_screen_is_measured(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as socket:
        await socket.read()
        await write(redis, "m1", accepted=time.time() - 0.01)
        event = await socket.read_type("message")
        await socket.say(type="shown", seq=event["seq"])

        async def told() -> str:
            text = (await panel.http.get("/metrics")).text
            return text if "avito_live_gateway_webhook_to_screen_seconds_count 1.0" in text else ""

        text = await until(told)
        assert "avito_live_gateway_webhook_to_socket_seconds_count 2.0" in text
        assert "avito_live_gateway_clients 1.0" in text

        async def latency() -> bool:
            return bool((await panel.get("webhook/status"))["latency_ms"]["p50"])

        assert await until(latency)
