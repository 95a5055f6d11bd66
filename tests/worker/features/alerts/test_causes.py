"""What the owner is told, and how often."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.features.alerts.causes import QUIET_AFTER_S, Condition, causes, to_forget

NOW = 1_757_400_000.0
WELL = Condition(mode="webhook", avito="ok", memory=0.3, disk=0.5)
POLLING = Condition(mode="polling", code="missed", reason="вебхуки не доходят", mode_since=NOW - 601)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        pytest.param(WELL, [], id="all is well"),
        pytest.param(POLLING, ["polling"], id="polling for ten minutes"),
        pytest.param(replace(POLLING, mode_since=NOW - 599), [], id="polling for less"),
        pytest.param(replace(POLLING, mode_since=NOW + 3600), ["polling"], id="the clock was set back"),
        pytest.param(replace(POLLING, code="unwanted"), [], id="polling is wanted"),
        pytest.param(replace(POLLING, code="no_address"), [], id="there is no address"),
        pytest.param(
            Condition(mode="polling", code="taken", host="crm.example.test", mode_since=NOW),
            ["taken crm.example.test"],
            id="taken is told at once",
        ),
        pytest.param(
            replace(POLLING, code="taken", host="crm.example.test"),
            ["taken crm.example.test"],
            id="and alone",
        ),
        pytest.param(replace(WELL, avito="keys refused"), ["keys"], id="keys"),
        pytest.param(replace(WELL, avito="not paid"), ["tariff"], id="tariff"),
        pytest.param(replace(WELL, avito="keys or tariff"), ["keys or tariff"], id="keys or tariff"),
        pytest.param(replace(WELL, avito="certificate not trusted"), ["certificate"], id="certificate"),
        pytest.param(replace(WELL, avito="down since 1757400000"), [], id="Avito is away: nothing to do"),
        pytest.param(replace(WELL, memory=0.86), ["memory"], id="memory"),
        pytest.param(replace(WELL, disk=0.85), ["disk"], id="disk"),
    ],
)
def test_each_cause_is_found(condition: Condition, found: list[str]) -> None:
    assert list(causes(condition, NOW, 600)) == found


names = st.dictionaries(st.sampled_from("abcde"), st.just("text"))
times = st.dictionaries(st.sampled_from("abcde"), st.floats(NOW - 10_000, NOW))


@given(names, times)
def test_a_cause_is_not_forgotten_while_it_lasts(found: dict[str, str], told: dict[str, float]) -> None:
    assert not set(to_forget(found, told, NOW)) & set(found)


@given(names, times)
def test_a_cause_that_ended_is_forgotten_after_an_hour(found: dict[str, str], told: dict[str, float]) -> None:
    forgotten = to_forget(found, told, NOW)

    assert set(forgotten) == {c for c, at in told.items() if c not in found and NOW - at >= QUIET_AFTER_S}
