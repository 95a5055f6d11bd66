"""How ingest keeps its parts running."""

import asyncio

import pytest

from ingest.app import supervise
from testbed import until

pytestmark = pytest.mark.anyio


async def test_a_part_that_ends_by_an_unexpected_error_is_started_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun = 0

    async def part() -> None:
        nonlocal begun
        begun += 1
        raise LookupError("unexpected")

    task = asyncio.create_task(supervise(part, pause=0.001))
    await until(lambda: begun > 2)
    task.cancel()

    assert "unexpected" in caplog.text
