from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from testbed import System
from tests.push_gateway.panel import Panel
from tests.push_gateway.processes import running


@pytest.fixture
async def system(tmp_path: Path, anyio_backend: str) -> AsyncIterator[System]:
    """A Redis of its own and one gateway, as real processes."""
    async with running(tmp_path, "gateway") as started:
        yield started


@pytest.fixture
async def panel(system: System) -> AsyncIterator[Panel]:
    """An operator who has logged in."""
    async with Panel.at(system.url("gateway")) as opened:
        await opened.log_in()
        yield opened
