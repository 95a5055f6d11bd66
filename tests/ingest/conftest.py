from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from testbed import RedisServer, running_redis
from tests.ingest.process import WAYS, Ingest, running_ingest


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis of this folder's own, since its tests look at what others must not touch."""
    with running_redis(tmp_path_factory.mktemp("ingest-redis")) as server:
        yield server


@pytest.fixture(scope="package", params=WAYS)
def process(
    server: RedisServer, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Ingest]:
    """One ingest for all tests that leave it as they found it, for each way that a 200 takes."""
    folder = tmp_path_factory.mktemp("ingest")
    with running_ingest(server.url, folder, way=request.param, TRUSTED_PROXIES="127.0.0.1") as ingest:
        yield ingest


@pytest.fixture
def store(server: RedisServer) -> Iterator[redis.Redis]:
    """The Redis of `process`, emptied."""
    with redis.Redis(port=server.port) as client:
        client.flushall()
        yield client


@pytest.fixture
def ingest(process: Ingest, store: redis.Redis) -> Ingest:
    """`process` with an empty Redis."""
    return process


@pytest.fixture
def redis_here(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis that a test may stop, freeze or kill."""
    with running_redis(tmp_path / "redis") as server:
        yield server
