from dataclasses import replace
from typing import Any

import pytest

from worker.avito import requests as op
from worker.avito.backpressure import (
    DENIAL_HOLDS_S,
    DENIED_SEND_HOLDS_S,
    DOWN_AFTER_S,
    OPENS_AFTER,
    Denied,
    Ended,
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
    Untrusted,
)

NOW = 1_757_403_725.0
UNPAID = Health(denied=Denied("send", NOW))


def after(
    health: Health, operation: op.Operation, error: AvitoError | None, at: float = NOW, **more: Any
) -> Health:
    return health_after(health, Ended(operation, error, at, at, **more))


DOWN = Health(failures=OPENS_AFTER, since=NOW)


def test_failures_in_a_row_are_counted_since_the_first() -> None:
    once = health_after(Health(), Ended(op.CHAT, Unavailable("chat"), at=NOW + 4, began=NOW))
    twice = after(once, op.SEND, Unknown("send", how="cut"), NOW + 5)

    assert twice == Health(failures=2, since=NOW)


def test_a_token_that_does_not_come_counts_twice() -> None:
    assert after(Health(), op.TOKEN, Unavailable("token")) == Health(failures=2, since=NOW)


def test_the_last_failure_tells_whether_the_certificate_is_to_blame() -> None:
    untrusted = after(Health(), op.TOKEN, Untrusted("token"))

    assert untrusted.untrusted
    assert not after(untrusted, op.TOKEN, Unavailable("token")).untrusted


@pytest.mark.parametrize(
    "error", [None, NotFound("chat"), Forbidden("chat"), NotPaid("chat"), RateLimited("chat", retry_after=1)]
)
def test_any_response_of_avito_itself_ends_a_row_of_failures(error: AvitoError | None) -> None:
    health = after(DOWN, op.CHAT, error)

    assert (health.failures, health.since) == (0, None)


def test_the_circuit_opens_after_a_row_of_failures_and_for_longer_each_time() -> None:
    closed = [seconds_open(Health(failures=n, since=NOW), 1) for n in range(OPENS_AFTER)]
    opened = [seconds_open(Health(failures=OPENS_AFTER + n, since=NOW), 1) for n in range(8)]

    assert closed == [0] * OPENS_AFTER
    assert opened == [1, 2, 4, 8, 16, 32, 60, 60]


def test_only_the_operation_that_was_denied_can_end_it() -> None:
    unpaid = after(Health(), op.SEND, NotPaid("send"))

    assert unpaid == UNPAID
    assert after(unpaid, op.SUBSCRIPTIONS, None) == unpaid
    assert after(unpaid, op.SEND, None) == Health()


def test_where_the_list_is_denied_too_the_list_ends_it() -> None:
    denied = after(after(UNPAID, op.CHATS, NotPaid("chats")), op.SEND, NotPaid("send"), NOW + 1)

    assert denied == Health(denied=Denied("chats", NOW + 1))
    assert after(denied, op.CHATS, None) == Health()


@pytest.mark.parametrize("seldom", [op.BLACKLIST, op.DELETE, op.READ, op.VOICE, op.UPLOAD])
def test_a_402_of_an_operation_that_is_not_needed_is_no_alarm(seldom: op.Operation) -> None:
    assert after(Health(), seldom, NotPaid(seldom.name)) == Health()


@pytest.mark.parametrize(
    ("operation", "holds_s"), [(op.CHAT, DENIAL_HOLDS_S), (op.SEND, DENIED_SEND_HOLDS_S)]
)
def test_a_denial_that_nothing_repeats_ends_by_itself(operation: op.Operation, holds_s: float) -> None:
    denied = after(Health(), operation, NotPaid(operation.name))

    assert after(denied, op.CHATS, None, NOW + holds_s - 1) == denied
    for set_back_or_later in (-1.0, holds_s):
        assert after(denied, op.CHATS, None, NOW + set_back_or_later) == Health()


def test_a_list_that_is_forbidden_with_a_fresh_token_concerns_the_account() -> None:
    forbidden = after(Health(), op.CHATS, Forbidden("chats"))

    assert forbidden == Health(denied=Denied("chats", NOW, 403))
    assert after(Health(), op.CHATS, Forbidden("chats"), judged=False) == Health()
    assert after(forbidden, op.CHATS, Forbidden("chats"), judged=False) == forbidden
    assert after(Health(), op.SEND, Forbidden("send")) == Health()


def test_a_list_with_advertising_in_place_of_texts_is_not_paid() -> None:
    hidden = after(Health(), op.CHATS, None, hidden=True)

    assert hidden == Health(denied=Denied("chats", NOW))
    assert after(hidden, op.CHATS, None) == Health()


def test_refused_keys_are_good_again_when_a_call_works() -> None:
    refused = after(Health(), op.TOKEN, BadKeys("token"))

    assert after(refused, op.CHAT, Forbidden("chat")) == refused
    assert after(refused, op.TOKEN, None) == Health()
    assert after(refused, op.CHAT, None) == Health()  # another process has a good token


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (Health(), "ok"),
        (Health(failures=1, since=NOW), "ok"),
        (DOWN, "down since 1757403725"),
        (Health(failures=1, since=NOW - 60), "ok"),  # one upload without an answer
        (Health(failures=2, since=NOW - 7), "ok"),
        (Health(failures=2, since=NOW - DOWN_AFTER_S), "down since 1757403717"),
        (replace(DOWN, untrusted=True), "certificate not trusted"),
        (UNPAID, "not paid"),
        (Health(denied=Denied("chats", NOW, 403)), "keys or tariff"),
        (Health(failures=9, since=NOW, denied=Denied("send", NOW), refused=True), "keys refused"),
    ],
)
def test_the_status_shows_the_worst_trouble(health: Health, said: str) -> None:
    assert health_words(health, NOW) == said
