import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from redis.asyncio import Redis

from shared.redis import connection
from testbed import Avito
from tests.worker.avito.ports import refusing_port


@pytest.fixture
async def redis_away(anyio_backend: str) -> AsyncIterator[Redis]:
    """A client of a Redis that refuses connections."""
    with refusing_port() as port:
        async with connection.connect(f"redis://127.0.0.1:{port}/0") as client:
            yield client


@pytest.fixture(scope="module")
def simulator_url() -> Iterator[str]:
    """A running simulator's address."""
    command = [sys.executable, "-m", "avito_simulator"]
    environ = {"PATH": os.environ["PATH"], "SIM_PORT": "0"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split(": ", maxsplit=1)[1].strip()
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
async def simulated(simulator_url: str, anyio_backend: str) -> AsyncIterator[Avito]:
    """A simulator that behaves; chats of other tests may be there."""
    async with httpx.AsyncClient() as http:
        avito = Avito(http, simulator_url)
        await avito.ask("faults/reset")
        await avito.calm()
        yield avito
