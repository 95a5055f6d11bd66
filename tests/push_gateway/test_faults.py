"""What the gateway's clients notice of a failure: a short delay at most, never a missing event."""

import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from testbed import System, until
from tests.push_gateway.mute import muting
from tests.push_gateway.panel import PATH, Panel, write
from tests.push_gateway.processes import running

pytestmark = pytest.mark.anyio


async def test_a_restart_of_redis_changes_the_epoch_and_open_sockets_are_told(
    system: System, panel: Panel
) -> None:
    async with panel.socket() as socket:
        hello = await socket.read()
        await system.kill("redis")
        system.redis_server.start()

        again = await socket.read_type("hello")

        assert again["epoch"] != hello["epoch"]
        assert again["recovered"] is False
        async with system.redis as redis:
            seq = await write(redis, "m1")
            assert await socket.read_until(again["seq"] + seq) == list(range(again["seq"] + 1, seq + 1))


async def test_an_emptied_redis_is_a_new_epoch(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as socket:
        await write(redis, "m1")
        await socket.read_type("message")
        await empty_but_for_logins(redis)

        again = await socket.read_type("hello")

        assert (again["recovered"], again["seq"]) == (False, 0)


async def empty_but_for_logins(redis: Redis) -> None:
    """Delete everything, at once, but what a login needs: a socket whose session is gone is closed."""
    logins = [*await redis.keys(keys.session("*")), keys.OPERATORS]
    async with redis.pipeline(transaction=True) as pipe:
        values = {key: await redis.dump(key) for key in logins}
        pipe.flushall()
        for key, value in values.items():
            pipe.restore(key, 0, value)
        await pipe.execute()


async def test_while_redis_is_away_sockets_stay_and_no_one_is_logged_out(
    tmp_path: Path, anyio_backend: str
) -> None:
    options = ("--appendonly", "yes", "--appendfsync", "always")
    async with (
        running(tmp_path, "gateway", redis_options=options) as system,
        Panel.at(system.url("gateway")) as panel,
    ):
        await panel.log_in()
        async with panel.socket() as socket:
            hello = await socket.read()
            await system.kill("redis")

            assert await socket.read_type("link") == {"type": "link", "state": "catching_up"}
            refused = await panel.http.get(f"{PATH}api/chats")
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
            assert refused.json()["error"]["code"] == "catching_up"
            assert (await panel.http.get(PATH)).status_code == 200
            assert (await panel.log_in()).status_code == 503
            assert (await panel.http.get("/readyz")).status_code == 503
            assert (await panel.http.get("/livez")).status_code == 200
            assert (await panel.get("webhook/status"))["status"] == "down"
            async with panel.socket(hello) as second:
                assert await second.close_code() == 1013
            await socket.say(type="ping")
            assert await socket.read_type("pong")

            system.redis_server.start()
            assert (await socket.read_type("hello"))["recovered"] is False
            assert await socket.read_type("link") == {"type": "link", "state": "live"}
            assert await panel.get("api/chats")


async def test_a_frozen_redis_is_noticed_and_caught_up_with(system: System, panel: Panel) -> None:
    async with system.redis as redis, panel.socket() as socket:
        await socket.read()
        system.signal("redis", signal.SIGSTOP)
        try:
            assert (await socket.read_type("link"))["state"] == "catching_up"
            assert (await panel.http.get(f"{PATH}api/chats")).status_code == 503
        finally:
            system.signal("redis", signal.SIGCONT)

        assert (await socket.read_type("link"))["state"] == "live"
        seq = await write(redis, "m1")
        assert await socket.read_until(seq) == list(range(1, seq + 1))


async def test_a_listener_gone_deaf_is_replaced(tmp_path: Path, anyio_backend: str) -> None:
    async with running(tmp_path) as system, muting(system.redis_server.port) as mute:
        await system.start("gateway", REDIS_URL=f"redis://127.0.0.1:{mute.port}/0")
        async with Panel.at(system.url("gateway")) as panel, system.redis as redis:
            await panel.log_in()
            async with panel.socket() as socket:
                await socket.read()
                assert mute.deafen() == 1

                seq = await write(redis, "m1")

                assert await socket.read_until(seq) == list(range(1, seq + 1))


async def write_much(redis: Redis, megabytes: int) -> AsyncIterator[int]:
    """Publish more than kernel and gateway hold for a client that does not read; gives each seq."""
    for number in range(megabytes * 8):
        yield await write(redis, f"big-{number}", text="x" * 125_000)


async def test_a_slow_client_is_cut_with_its_own_code_and_comes_back_whole(
    system: System, panel: Panel
) -> None:
    async with system.redis as redis, panel.socket() as other:
        await other.read()
        async with panel.socket(max_queue=1) as slow:
            hello = await slow.read()
            seqs: list[int] = []
            async for seq in write_much(redis, 12):
                seqs += await other.read_until(seq)
            await write(redis, *(f"last-{number}" for number in range(200 - seqs[-1])))
            assert seqs + await other.read_until(200) == list(range(1, 201))
            await until(lambda: metric(panel, 'closes_total{code="4408"}'))

            code = None
            seen = 0
            while code is None:
                try:
                    seen = (await slow.read())["seq"]
                except Exception:  # noqa: BLE001 - the close code gives the reason
                    code = await slow.close_code()

        assert code == 4408
        assert 0 < seen < 200
        await until(lambda: is_ready(panel))  # on a busy machine its link to Redis is behind as well
        async with panel.socket(hello | {"seq": seen}) as back:
            assert (await back.read())["recovered"] is True
            assert await back.read_until(200) == list(range(seen + 1, 201))


async def is_ready(panel: Panel) -> bool:
    return (await panel.http.get("/readyz")).status_code == 200


async def metric(panel: Panel, name: str) -> float:
    text = (await panel.http.get("/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith(f"avito_live_gateway_{name}")]
    return float(lines[0].rpartition(" ")[2]) if lines else 0.0


async def test_a_long_absence_is_caught_up_at_the_clients_own_speed(system: System, panel: Panel) -> None:
    async with system.redis as redis:
        async with panel.socket() as socket:
            hello = await socket.read()
        seq = [seq async for seq in write_much(redis, 6)][-1]

        async with panel.socket(hello, max_queue=1) as back:
            assert (await back.read())["recovered"] is True
            live = await write(redis, "while catching up")
            assert await back.read_until(live) == list(range(1, live + 1))
        assert live > seq
        assert await metric(panel, 'closes_total{code="4408"}') == 0


async def test_sigterm_says_1012_and_another_gateway_goes_on_from_there(system: System, panel: Panel) -> None:
    await system.start("gateway-2")
    async with system.redis as redis, panel.socket() as socket:
        place: dict[str, Any] = await socket.read()
        await write(redis, "m1")
        started = time.monotonic()

        await system.stop("gateway")

        async def drain() -> None:
            while True:
                frame = await socket.read()
                place.update(seq=frame.get("seq", place["seq"]))

        with pytest.raises(Exception, match="1012"):
            await drain()
        assert time.monotonic() - started < 10
        seq = await write(redis, "m2")
        async with panel.socket(place, base=system.url("gateway-2")) as back:
            assert (await back.read())["recovered"] is True
            assert await back.read_until(seq) == list(range(place["seq"] + 1, seq + 1))


async def test_a_session_survives_a_restart_of_the_gateway(system: System, panel: Panel) -> None:
    await system.restart("gateway")

    assert await panel.get("api/chats")
