"""Webhook or polling: which facts decide what."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.sync.intervals import SyncIntervals
from worker.sync.subscription.mode import Mode, ModeDecision, SyncFacts, decide, mode_reason
from worker.sync.sweep.scheduler import SweepReasons, due_at

NOW = 1_757_400_000.0
INTERVALS = SyncIntervals()
OURS = SyncFacts(wanted=True, listed="ours")

times = st.lists(st.floats(NOW - 3000, NOW), max_size=8).map(lambda ages: tuple(sorted(ages)))
anything = st.builds(
    SyncFacts,
    wanted=st.sampled_from([True, False, None]),
    listed=st.sampled_from(["ours", "another", "none", None]),
    host=st.just("crm.example.test"),
    misses=times,
    code=st.sampled_from(["", "missed"]),
)


@pytest.mark.parametrize(
    ("facts", "mode", "code"),
    [
        pytest.param(OURS, "webhook", "", id="wanted and ours stands there"),
        pytest.param(replace(OURS, wanted=False), "polling", "unwanted", id="switched off though it stands"),
        pytest.param(replace(OURS, wanted=None), "webhook", "", id="no record but it stands: adopted"),
        pytest.param(
            replace(OURS, wanted=None, listed="none"), "polling", "unwanted", id="no record, not there"
        ),
        pytest.param(
            replace(OURS, wanted=None, listed="another"), "polling", "unwanted", id="no record, other"
        ),
        pytest.param(replace(OURS, wanted=None, listed=None), "polling", "unknown", id="Avito never said"),
        pytest.param(replace(OURS, listed=None), "polling", "unknown", id="wanted, Avito never said"),
        pytest.param(replace(OURS, listed="none"), "polling", "gone", id="vanished"),
        pytest.param(replace(OURS, listed="another"), "polling", "taken", id="another product's URL"),
        pytest.param(
            replace(OURS, misses=(NOW - 800, NOW - 300, NOW)), "polling", "missed", id="three misses in time"
        ),
        pytest.param(replace(OURS, misses=(NOW - 300, NOW)), "webhook", "", id="two misses are chance"),
        pytest.param(
            replace(OURS, misses=(NOW - 901, NOW - 300, NOW)), "webhook", "", id="three over a longer time"
        ),
        pytest.param(
            replace(OURS, misses=(NOW - 599,), code="missed"),
            "polling",
            "missed",
            id="not calm for long enough",
        ),
        pytest.param(
            replace(OURS, misses=(NOW - 700, NOW - 650, NOW - 600), code="missed"),
            "webhook",
            "",
            id="calm again",
        ),
    ],
)
def test_the_mode_follows_from_the_facts(facts: SyncFacts, mode: Mode, code: str) -> None:
    decision = decide(facts, NOW, INTERVALS, has_address=True)

    assert (decision.mode, decision.code) == (mode, code)


@given(anything)
def test_without_a_public_address_it_is_polling(facts: SyncFacts) -> None:
    decision = decide(facts, NOW, INTERVALS, has_address=False)

    assert decision == ModeDecision("polling", "no_address")


@given(anything)
def test_polling_has_a_reason_and_webhook_mode_has_none(facts: SyncFacts) -> None:
    decision = decide(facts, NOW, INTERVALS, has_address=True)

    assert bool(mode_reason(decision)) == (decision.mode == "polling")


@given(anything)
def test_webhooks_are_trusted_only_while_avito_lists_our_url(facts: SyncFacts) -> None:
    if decide(facts, NOW, INTERVALS, has_address=True).mode == "webhook":
        assert facts.listed == "ours"
        assert facts.wanted is not False


@given(anything)
def test_only_a_listed_url_without_a_record_is_adopted(facts: SyncFacts) -> None:
    decision = decide(facts, NOW, INTERVALS, has_address=True)

    assert decision.adopt == (facts.wanted is None and facts.listed == "ours")


@given(misses=times)
def test_misses_before_the_return_to_webhooks_do_not_lead_to_polling_again(misses: tuple[float, ...]) -> None:
    before = replace(OURS, misses=misses, code="missed")
    if decide(before, NOW, INTERVALS, has_address=True) == ModeDecision("webhook"):
        forgotten = replace(before, misses=(), code="")

        assert decide(forgotten, NOW, INTERVALS, has_address=True) == ModeDecision("webhook")


@pytest.mark.parametrize("code", ["", "missed"])
def test_misses_are_counted_and_remembered_until_it_is_calm(code: str) -> None:
    facts = replace(OURS, misses=(NOW - 880, NOW - 300, NOW), code=code)

    decision = decide(facts, NOW, INTERVALS, has_address=True)

    assert decision == ModeDecision("polling", "missed", count=3)
    assert "3" in mode_reason(decision)


def test_a_subscription_without_a_record_is_adopted_once() -> None:
    assert decide(replace(OURS, wanted=None), NOW, INTERVALS, has_address=True) == ModeDecision(
        "webhook", adopt=True
    )
    assert decide(OURS, NOW, INTERVALS, has_address=True) == ModeDecision("webhook")


def test_the_reason_names_the_host_of_the_other_product_and_no_more() -> None:
    decision = decide(
        replace(OURS, listed="another", host="crm.example.test"), NOW, INTERVALS, has_address=True
    )

    assert mode_reason(decision) == "вебхук занят другим сервисом: crm.example.test"


@given(sweep_s=st.floats(0.1, 300))
def test_times_shrink_with_a_short_sweep_interval(sweep_s: float) -> None:
    intervals = SyncIntervals(sweep_s=sweep_s)
    scale = sweep_s / 300

    assert intervals.day_s == pytest.approx(86_400 * scale)
    assert intervals.at_once_s == pytest.approx(10 * scale)
    assert intervals.proof_s == pytest.approx(max(3, 60 * scale))


@given(sweep_s=st.floats(300, 86_400))
def test_a_long_sweep_interval_stretches_only_the_safety_sweep(sweep_s: float) -> None:
    usual, stretched = SyncIntervals(), SyncIntervals(sweep_s=sweep_s)

    assert times_of(stretched) == times_of(usual)
    for mode in ("webhook", "polling"):
        for reasons in (SweepReasons(NOW, at_once=True), SweepReasons(NOW, failures=3)):
            assert due_at(reasons, mode, NOW, stretched) == due_at(reasons, mode, NOW, usual)
    assert due_at(SweepReasons(NOW), "webhook", NOW, stretched) == NOW + sweep_s


def times_of(intervals: SyncIntervals) -> list[float]:
    """Every interval but those that are settings."""
    of_tries = [f(n) for f in (intervals.put_back_after_s, intervals.again_after_s) for n in range(12)]
    names = ("tick_s", "proof_s", "misses_within_s", "calm_s", "at_once_s", "day_s", "notice_s")
    return [getattr(intervals, name) for name in names] + of_tries


@given(tries=st.integers(0, 1000))
def test_the_subscription_is_put_back_with_growing_pauses_of_at_most_an_hour(tries: int) -> None:
    first, then = INTERVALS.put_back_after_s(tries), INTERVALS.put_back_after_s(tries + 1)

    assert first <= then <= 3600


@pytest.mark.parametrize(("tries", "pause"), [(0, 0), (1, 60), (2, 120), (6, 1920), (7, 3600), (1000, 3600)])
def test_the_pause_before_it_is_put_back_doubles_from_a_minute(tries: int, pause: float) -> None:
    assert INTERVALS.put_back_after_s(tries) == pause
