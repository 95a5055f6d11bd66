import os
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
from redis.asyncio import Redis

from shared.redis import connection
from testbed import Avito, SystemPart
from tests.support.certificates import Authority, make_authority
from tests.worker.avito.ports import refusing_port


@pytest.fixture
async def redis_away(anyio_backend: str) -> AsyncIterator[Redis]:
    """A client of a Redis that refuses connections."""
    with refusing_port() as port:
        async with connection.connect(f"redis://127.0.0.1:{port}/0") as client:
            yield client


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SystemPart]:
    """A running simulator, which may not answer yet."""
    part = SystemPart("simulator", tmp_path_factory.mktemp("simulator") / "log")
    part.launch({"PATH": os.environ["PATH"]})
    yield part
    part.kill()


@pytest.fixture
async def simulator_url(simulator: SystemPart, anyio_backend: str) -> str:
    """A running simulator's address."""
    await simulator.ready()
    return simulator.url


@pytest.fixture
async def simulated(simulator_url: str, anyio_backend: str) -> AsyncIterator[Avito]:
    """A simulator that behaves; chats of other tests may be there."""
    async with httpx2.AsyncClient() as http:
        avito = Avito(http, simulator_url)
        await avito.reset()
        await avito.calm()
        yield avito


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """The only authority that clients trust in tests which use it."""
    authority = make_authority(tmp_path_factory.mktemp("authority"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(authority.root))
        yield authority
