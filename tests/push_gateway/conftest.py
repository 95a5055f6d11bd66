from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.push_gateway.panel import Panel
from tests.support.system import System, running_system


@pytest.fixture
async def system(tmp_path: Path, anyio_backend: str) -> AsyncIterator[System]:
    """A Redis of its own and one gateway, as real processes."""
    async with running_system(tmp_path, "gateway") as running:
        yield running


@pytest.fixture
async def panel(system: System) -> AsyncIterator[Panel]:
    """An operator who has logged in."""
    async with Panel.at(system.url("gateway")) as opened:
        await opened.log_in()
        yield opened
