"""One running system in webhook mode and one logged-in operator for all tests of this folder."""

from collections.abc import AsyncIterator

import pytest

from testbed import System, running_system
from tests.push_gateway.panel import Panel


@pytest.fixture(scope="package")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    async with running_system(tmp_path_factory.mktemp("contract")) as running:
        await running.avito.subscribe(running.webhook_url)
        await running.start("ingest", "worker", "gateway")
        yield running


@pytest.fixture(scope="package")
async def panel(system: System) -> AsyncIterator[Panel]:
    async with Panel.at(system.url("gateway")) as opened:
        assert (await opened.log_in()).status_code == 303
        yield opened
