from collections.abc import AsyncIterator

import pytest

from testbed import System, running_system

PARTS = ("ingest", "ingest-2", "worker", "gateway", "gateway-2")


@pytest.fixture(scope="module")
async def several(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    """Two ingests, a worker and two gateways, which trust the proxy on this machine; shared by a module."""
    environ = {"TRUSTED_PROXIES": "127.0.0.1"}
    async with running_system(tmp_path_factory.mktemp("several"), *PARTS, environ=environ) as system:
        yield system


def places(system: System, kind: str) -> list[str]:
    """Return `host:port` of every part of a kind."""
    return [system.url(name).removeprefix("http://") for name in PARTS if name.partition("-")[0] == kind]
