"""The short form of `make fuzz`: hostile input of every kind, with valid messages in between."""

from pathlib import Path

import pytest

from tests.fuzz.__main__ import fuzz

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(600)]


async def test_hostile_input_of_every_kind_breaks_nothing_and_delays_no_good_message(
    tmp_path: Path, anyio_backend: str
) -> None:
    done = await fuzz(tmp_path, long=False, seed=0)

    assert {figures.name: figures.faults for figures in done if figures.faults} == {}
    assert all(figures.outcomes and figures.good_s for figures in done)
