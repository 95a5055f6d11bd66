"""Every fault of `make chaos` in its short form: in brackets the names that `--list` gives the rows."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from chaos.experiment import Row, suffer
from chaos.experiments import rows, skipped
from chaos.outcome import broken_promises
from chaos.stage import Plan, Stage, staged
from tests.support.lacking import lacking

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


class Stages:
    """The installation at hand: built anew where a fault needs another; each leaves it as it was."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self.folders = folders
        self.plan: Plan | None = None
        self.stage: Stage
        self.stack = AsyncExitStack()

    async def on(self, plan: Plan) -> Stage:
        if plan != self.plan:
            await self.close()
            self.stage = await self.stack.enter_async_context(staged(self.folders.mktemp("chaos"), plan))
            self.plan = plan
        return self.stage

    async def close(self) -> None:
        self.plan = None
        await self.stack.aclose()


@pytest.fixture(scope="module")
async def stages(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Stages]:
    stages = Stages(tmp_path_factory)
    try:
        yield stages
    finally:
        await stages.close()


def by_stage() -> list[Row]:
    """All rows, those of one stage behind each other."""
    known = rows(long=False)
    plans = list(dict.fromkeys(row.plan for row in known))
    return sorted(known, key=lambda row: plans.index(row.plan))


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in by_stage()])
async def test_what_was_answered_200_is_shown_once_and_threads_equal_avitos(stages: Stages, row: Row) -> None:
    if reason := skipped(row.plan):
        lacking(reason.removesuffix(" is not installed"))

    outcome = await suffer(await stages.on(row.plan), row)

    assert broken_promises(outcome, needs_sweep=row.needs_sweep) == []
    assert outcome.answered > 0
