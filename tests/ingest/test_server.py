"""An ingest that shuts down serves every connected client; a socket of systemd passes the others on."""

import asyncio
import socket
import sys
from collections import Counter
from pathlib import Path

import pytest

from testbed import RedisServer, SystemPart, free_port, until
from tests.ingest.process import BOTH_WAYS, PROVEN, environment, running_ingest

pytestmark = pytest.mark.anyio

POST = f"POST {PROVEN} HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n{{}}".encode()
POSTERS = 16


async def post(port: int, outcomes: Counter[str]) -> None:
    """Post once over a connection of its own, as the proxy does."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        outcomes["not connected"] += 1
        await asyncio.sleep(0.02)
        return
    try:
        writer.write(POST)
        outcomes[(await asyncio.wait_for(reader.read(12), 30)).decode() or "cut"] += 1
    except OSError as error:
        outcomes[repr(error)] += 1
    finally:
        writer.close()


def start(
    redis: RedisServer, folder: Path, port: int, way: str, held: socket.socket | None = None
) -> SystemPart:
    """Start an ingest; `held`: with this socket in the place where systemd would put it."""
    part = SystemPart("ingest", folder / "ingest.log", port)
    as_systemd = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ |= "
        "{'LISTEN_FDS': '1', 'LISTEN_PID': str(os.getpid())}; os.execv(sys.argv[2], sys.argv[2:])"
    )
    wrap = () if held is None else (sys.executable, "-c", as_systemd, str(held.fileno()))
    keeps_open = () if held is None else (held.fileno(),)
    part.launch(environment(redis.url, folder / "spool", way=way), wrap=wrap, keeps_open=keeps_open)
    return part


async def end(part: SystemPart) -> None:
    assert await asyncio.to_thread(part.end) == 0


@BOTH_WAYS
async def test_restarts_under_load_lose_no_connected_webhook(
    redis_server: RedisServer, tmp_path: Path, way: str
) -> None:
    port, outcomes, over = free_port(), Counter[str](), asyncio.Event()

    async def storm() -> None:
        while not over.is_set():
            await post(port, outcomes)

    posters = [asyncio.create_task(storm()) for _ in range(POSTERS)]
    for _ in range(3):
        part = start(redis_server, tmp_path, port, way)
        answered = outcomes["HTTP/1.1 200"]
        await until(lambda before=answered: outcomes["HTTP/1.1 200"] > before + 200, 60)  # type: ignore[misc]  # bound now
        await end(part)
    over.set()
    await asyncio.gather(*posters)

    assert set(outcomes) <= {"HTTP/1.1 200", "not connected"}, outcomes


@BOTH_WAYS
async def test_a_restart_with_a_socket_of_systemd_only_delays_webhooks(
    redis_server: RedisServer, tmp_path: Path, way: str
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as held:
        port = held.getsockname()[1]
        first = start(redis_server, tmp_path, port, way, held)
        outcomes = Counter[str]()
        await post(port, outcomes)
        await end(first)

        amid = [asyncio.create_task(post(port, outcomes)) for _ in range(POSTERS)]
        second = start(redis_server, tmp_path, port, way, held)
        await asyncio.gather(*amid)
        await end(second)

    assert outcomes == {"HTTP/1.1 200": 1 + POSTERS}


def test_another_uvicorn_is_served_by_plain_asgi_and_said(redis_server: RedisServer, tmp_path: Path) -> None:
    with running_ingest(redis_server.url, tmp_path, way="plain") as ingest:
        assert ingest.post("{}") == 200
        assert ingest.metric("fast_way") == 0
        (said,) = [line for line in ingest.logged().splitlines() if "ingest.fast_way.off" in line]
        assert "0.0.1" in said


def test_the_uvicorn_of_the_constraints_is_the_one_of_the_fast_way(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    with running_ingest(redis_server.url, tmp_path, way="fast") as ingest:
        assert ingest.metric("fast_way") == 1
        assert "ingest.fast_way.off" not in ingest.logged()
