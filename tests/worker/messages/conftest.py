from collections.abc import Iterator

import pytest

from testbed import RedisServer
from tests.worker.messages.stores import Stores


@pytest.fixture(scope="module")
def stores(redis_server: RedisServer) -> Iterator[Stores]:
    """Stores for the examples of Hypothesis."""
    made = Stores(redis_server.url)
    yield made
    made.close()
