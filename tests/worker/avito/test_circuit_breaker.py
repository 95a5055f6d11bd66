import pytest

from worker.avito import requests as op
from worker.avito.backpressure import (
    OPENS_AFTER,
    UNPAID_HOLDS_S,
    Health,
    health_after,
    health_words,
    seconds_open,
)
from worker.avito.errors import (
    AvitoError,
    BadKeys,
    Forbidden,
    NotFound,
    NotPaid,
    RateLimited,
    Unavailable,
    Unknown,
)

NOW = 1_757_403_725.0
DOWN = Health(failures=OPENS_AFTER, since=NOW)


def test_failures_in_a_row_are_counted_since_the_first() -> None:
    once = health_after(Health(), op.CHAT, Unavailable("chat"), NOW)
    twice = health_after(once, op.SEND, Unknown("send", how="cut"), NOW + 5)

    assert twice == Health(failures=2, since=NOW)


@pytest.mark.parametrize(
    "error", [None, NotFound("chat"), Forbidden("chat"), NotPaid("chat"), RateLimited("chat", retry_after=1)]
)
def test_any_response_of_avito_itself_ends_a_row_of_failures(error: AvitoError | None) -> None:
    health = health_after(DOWN, op.CHAT, error, NOW)

    assert (health.failures, health.since) == (0, None)


def test_the_circuit_opens_after_a_row_of_failures_and_for_longer_each_time() -> None:
    closed = [seconds_open(Health(failures=n, since=NOW), 1) for n in range(OPENS_AFTER)]
    opened = [seconds_open(Health(failures=OPENS_AFTER + n, since=NOW), 1) for n in range(8)]

    assert closed == [0] * OPENS_AFTER
    assert opened == [1, 2, 4, 8, 16, 32, 60, 60]


def test_only_the_operation_that_met_a_402_can_end_it() -> None:
    unpaid = health_after(Health(), op.SEND, NotPaid("send"), NOW)

    assert health_after(unpaid, op.SUBSCRIPTIONS, None, NOW) == unpaid
    assert health_after(unpaid, op.SEND, None, NOW) == Health()


@pytest.mark.parametrize("seldom", [op.BLACKLIST, op.DELETE, op.READ, op.VOICE, op.UPLOAD])
def test_a_402_of_an_operation_that_is_not_needed_is_no_alarm(seldom: op.Operation) -> None:
    assert health_words(health_after(Health(), seldom, NotPaid(seldom.name), NOW)) == "ok"


@pytest.mark.parametrize("passed_s", [UNPAID_HOLDS_S, -1.0])
def test_a_402_that_nothing_repeats_ends_by_itself(passed_s: float) -> None:
    unpaid = health_after(Health(), op.SEND, NotPaid("send"), NOW)

    assert health_words(health_after(unpaid, op.CHATS, None, NOW + UNPAID_HOLDS_S - 1)) == "not paid"
    assert health_words(health_after(unpaid, op.CHATS, None, NOW + passed_s)) == "ok"


def test_refused_keys_are_accepted_again_only_when_a_token_is_given() -> None:
    refused = health_after(Health(), op.TOKEN, BadKeys("token"), NOW)

    assert health_after(refused, op.CHAT, None, NOW) == refused
    assert health_after(refused, op.TOKEN, None, NOW) == Health()


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (Health(), "ok"),
        (Health(failures=1, since=NOW), "ok"),
        (DOWN, "down since 1757403725"),
        (Health(unpaid=("send", NOW)), "not paid"),
        (Health(failures=9, since=NOW, unpaid=("send", NOW), refused=True), "keys refused"),
    ],
)
def test_the_status_shows_the_worst_trouble(health: Health, said: str) -> None:
    assert health_words(health) == said
