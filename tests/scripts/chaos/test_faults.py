"""Every fault of `make chaos` in its short form, under the names that `--list` prints."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from chaos.experiment import Experiment, run_experiment
from chaos.experiments import experiments, skipped
from chaos.stage import Setup, Stage, staged
from tests.support.lacking import lacking

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(400)]


class Stages:
    """The current stage, replaced when an experiment needs another setup."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self.folders = folders
        self.setup: Setup | None = None
        self.stage: Stage
        self.stack = AsyncExitStack()

    async def on(self, setup: Setup) -> Stage:
        if setup != self.setup:
            await self.close()
            self.stage = await self.stack.enter_async_context(staged(self.folders.mktemp("chaos"), setup))
            self.setup = setup
        return self.stage

    async def close(self) -> None:
        self.setup = None
        await self.stack.aclose()


@pytest.fixture(scope="module")
async def stages(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Stages]:
    stages = Stages(tmp_path_factory)
    try:
        yield stages
    finally:
        await stages.close()


def by_stage() -> list[Experiment]:
    """Return all experiments, grouped by setup."""
    known = experiments(long=False)
    plans = list(dict.fromkeys(experiment.setup for experiment in known))
    return sorted(known, key=lambda experiment: plans.index(experiment.setup))


@pytest.mark.parametrize("experiment", [pytest.param(one, id=one.name) for one in by_stage()])
async def test_what_was_answered_200_is_shown_once_and_threads_equal_avitos(
    stages: Stages, experiment: Experiment
) -> None:
    if reason := skipped(experiment.setup):
        lacking(reason.removesuffix(" is not installed"))

    outcome = await run_experiment(await stages.on(experiment.setup), experiment)

    assert outcome.broken == []
    assert int(outcome.figures[1]) > 0
