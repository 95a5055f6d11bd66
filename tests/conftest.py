import signal
import threading
from collections.abc import AsyncIterator, Iterator
from hashlib import blake2b

import pytest
from hypothesis import settings
from redis.asyncio import Redis

from shared.process import lifecycle, once_a_minute
from shared.timing.rate_limiter import RateLimiters
from testbed import RedisServer, running_redis
from tests.support.emptied import emptied

SLOW_UNTIL = 0.7
"""The share of the files after which none is slow."""

pytest_plugins = ["tests.support.engine", "tests.support.time_limit"]

# Examples are slow on a busy machine; failures always print how to repeat them.
settings.register_profile("avito-live", deadline=None, print_blob=True)
settings.load_profile("avito-live")


def pytest_configure() -> None:
    """Restore signal handlers, so that tests also get signals in the background or under nohup."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mix the files, so that some wait while others compute; the longest begins, quick ones end."""
    marks = ("slow", "browser")
    slow = {item.path for item in items if any(map(item.get_closest_marker, marks))}

    def turn(item: pytest.Item) -> float:
        if "chaos" in item.path.parts:
            return 0.0
        share = int.from_bytes(blake2b(item.path.name.encode(), digest_size=4).digest()) / 2**32
        return share * (SLOW_UNTIL if item.path in slow else 1.0)

    items.sort(key=turn)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def process_that_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that ends within the process of the tests does not end that."""
    monkeypatch.setattr(lifecycle, "_ending", threading.Event())


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Yield one real server for all tests, which flush it before use."""
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
async def real_redis(redis_server: RedisServer, anyio_backend: str) -> AsyncIterator[Redis]:
    """An empty real Redis."""
    async with emptied(redis_server) as client:
        yield client


@pytest.fixture
def nothing_said_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What earlier tests of this process have logged bounds nothing (shared/process/once_a_minute.py)."""
    monkeypatch.setattr(once_a_minute, "_LIMITERS", RateLimiters(per_second=1 / 60))


@pytest.fixture
def store(real_redis: Redis) -> Redis:
    """The same, for tests of what is stored."""
    return real_redis
