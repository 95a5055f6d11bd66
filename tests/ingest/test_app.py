"""What keeps ingest's parts going."""

import asyncio

import pytest

from ingest.app import always
from tests.ingest.process import until

pytestmark = pytest.mark.anyio


async def test_a_part_that_an_unthought_of_error_ended_is_begun_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun = 0

    async def part() -> None:
        nonlocal begun
        begun += 1
        raise LookupError("nobody thought of this")

    task = asyncio.create_task(always(part, pause=0.001))
    await until(lambda: begun > 2)
    task.cancel()

    assert "nobody thought of this" in caplog.text
