"""A chat of its own for each test, in a system that its module shares or, to break it, in one of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.conversation import Conversation, begin, open_conversation


@pytest.fixture(scope="module")
async def first_conversation(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Conversation]:
    """The running system of a module, and its operator; many tests share its budget of calls."""
    async with open_conversation(tmp_path_factory.mktemp("shared"), AVITO_RPM="6000") as opened:
        yield opened


@pytest.fixture
async def conversation(first_conversation: Conversation) -> AsyncIterator[Conversation]:
    """A new chat in the system of the module; after the test Avito answers as usual."""
    system = first_conversation.system
    yield await begin(system, first_conversation.panel)
    await system.avito.reset()


@pytest.fixture
async def alone(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Conversation]:
    """A chat in a system that only this test uses."""
    async with open_conversation(tmp_path) as opened:
        yield opened
