"""The decisions of the outbox one by one; test_exactly_once tries them together."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.builders import BUYER, SELLER, make_message
from tests.worker.outbox.replies import NOW, make_reply
from worker.avito.errors import (
    AvitoError,
    BadKeys,
    BadRequest,
    Forbidden,
    NotFound,
    NotPaid,
    RateLimited,
    StaleToken,
    Unavailable,
    Unknown,
)
from worker.messages.match import match_words, text_word
from worker.messages.message import Message
from worker.outbox.decide import (
    GIVE_UP_S,
    Outcome,
    Refused,
    Temporary,
    Transition,
    Trouble,
    Unconfirmed,
    Wait,
    after_check,
    after_failed_check,
    after_send,
    after_upload,
    give_up,
    is_last_check,
    next_step,
)
from worker.outbox.outcome import REASONS, NotReplicated, outcome_of, reason_of
from worker.outbox.reply import Ending, find_message

UNCLAIMED: frozenset[str] = frozenset()
STUB = "Перейдите на подписку с API мессенджера, чтобы читать сообщения"


def own(message_id: str = "m1", *, created: float = NOW, **more: Any) -> Message:
    return make_message(message_id, **({"author": SELLER, "created": created} | more))


def picture(message_id: str, *links: str, **more: Any) -> Message:
    sizes = {f"{n}x{n}": link for n, link in enumerate(links)}
    return own(message_id, type="image", content={"image": {"sizes": sizes}}, **more)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (NotPaid("send", status=402), Refused("not_paid", retryable=True)),
        (Forbidden("send", status=403), Refused("forbidden", retryable=True)),
        (StaleToken("send", status=403), Temporary("unavailable")),
        (NotFound("send", status=404), Refused("not_found")),
        (BadRequest("send", status=400, message="Bad Request"), Refused("bad_request")),
        (
            BadRequest("send", status=400, message="Validation error", fields={"text": "too long"}),
            Refused("bad_request", detail="text: too long"),
        ),
        (RateLimited("send", retry_after=7, status=429), Temporary("rate_limited", 7)),
        (BadKeys("token"), Temporary("keys_refused")),
        (Unavailable("send", why="cannot be reached"), Temporary("unavailable")),
        (Unavailable("token", status=500), Temporary("unavailable")),
        (Unavailable("token", status=503, retry_after=9), Temporary("unavailable", 9)),
        (NotReplicated("send"), Temporary("redis_replaced")),
        (Unavailable("send", status=503, retry_after=3), Unconfirmed("error")),
        (Unknown("send", how="cut"), Unconfirmed("cut")),
        (Unknown("send", how="silent"), Unconfirmed("silent")),
        (Unknown("send", how="unreadable"), Unconfirmed("unreadable")),
        (Unknown("send", how="unreadable", message="expired"), Unconfirmed("unreadable", "expired")),
        (AvitoError("send"), Unconfirmed("silent")),
        (TimeoutError(), Unconfirmed("silent")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_has_an_outcome_for_the_reply(error: AvitoError | TimeoutError, outcome: Outcome) -> None:
    assert outcome_of(error) == outcome


def test_a_new_text_is_sent_and_a_new_picture_uploaded_first() -> None:
    assert next_step(make_reply(), NOW) == "send"
    assert next_step(make_reply(kind="image", picture="p 1 image/png"), NOW) == "upload"
    assert next_step(make_reply(kind="image", image="7"), NOW) == "send"


def test_a_reply_waits_until_its_time() -> None:
    assert next_step(make_reply(until=NOW + 5), NOW) == Wait(NOW + 5)
    assert next_step(make_reply(until=NOW + 5), NOW + 5) == "send"


@pytest.mark.parametrize(
    ("how", "looks"),
    [("error", [1, 3]), ("cut", [1, 3, 5]), ("silent", [9, 11, 13]), ("", [9, 11, 13])],
)
def test_the_less_is_known_of_an_attempt_the_longer_the_checks_last(how: Ending, looks: list[float]) -> None:
    ended = None if how == "" else NOW
    reply = make_reply(state="sending", began=NOW, first=NOW, ended=ended, how=how, unconfirmed=True)
    for at in looks:
        assert next_step(reply, NOW + at - 0.5) == Wait(NOW + at)
        assert next_step(reply, NOW + at) == "check"
        reply = make_reply(
            state="sending", began=NOW, first=NOW, ended=ended, how=how, unconfirmed=True, checked=NOW + at
        )


def test_before_an_attempt_after_an_unconfirmed_one_the_thread_is_checked_again() -> None:
    reply = make_reply(unconfirmed=True, checked=NOW)

    assert next_step(reply, NOW) == next_step(reply, NOW + 15) == "send"
    assert next_step(reply, NOW + 16) == "check"


def test_a_check_from_the_future_is_not_trusted() -> None:
    assert next_step(make_reply(unconfirmed=True, checked=NOW + 1), NOW) == "check"


@given(st.sampled_from(["error", "cut", "silent"]), st.floats(0, 1))
def test_an_unknown_outcome_is_never_taken_for_not_sent(how: Ending, chance: float) -> None:
    reply = make_reply(state="sending", began=NOW, first=NOW, tries=1)

    turn = after_send(reply, Unconfirmed(how), NOW + 1, chance)

    assert (turn.state, turn.unconfirmed, turn.how) == ("sending", True, how)


@given(st.floats(0, 3600), st.floats(0, 1))
def test_the_pause_grows_with_the_trouble_up_to_a_minute(lasts: float, chance: float) -> None:
    reply = make_reply(state="sending", began=NOW, tries=1, since=NOW)

    turn = after_send(reply, Temporary("unavailable"), NOW + lasts, chance)

    assert turn.trouble == Trouble("unavailable", NOW)
    assert 1.0 <= turn.until - (NOW + lasts) <= 60.1
    assert turn.until - (NOW + lasts) >= min(lasts / 4, 30) - 0.001


def test_a_reply_fails_after_a_day_with_an_unknown_outcome_if_it_was_sending() -> None:
    queued = make_reply()
    sending = make_reply(state="sending", began=NOW)
    later = NOW + GIVE_UP_S

    assert next_step(queued, later) == next_step(sending, later) == "give_up"
    assert give_up(queued, later).trouble == Trouble("gave_up", later, retryable=True)
    assert give_up(sending, later).trouble == Trouble("outcome_unknown", later, retryable=True)


def test_the_day_of_a_reply_from_a_backup_begins_with_its_check() -> None:
    long_ago = NOW - 2 * GIVE_UP_S
    ours = make_reply(state="sending", queued=long_ago, began=NOW - 9)
    restored = make_reply(state="sending", queued=long_ago, began=NOW - 9, restored=True)
    later = make_reply(state="sending", queued=NOW, began=long_ago, restored=True)
    unchecked = make_reply(state="sending", queued=long_ago, restored=True)

    assert next_step(ours, NOW) == next_step(unchecked, NOW) == "give_up"
    assert next_step(restored, NOW) == next_step(later, NOW) == "check"


SENDING: dict[str, Any] = {"state": "sending", "began": NOW - 2, "first": NOW - 2, "unconfirmed": True}


def test_an_attempt_that_ended_without_a_known_way_counts_as_silent() -> None:
    assert next_step(make_reply(**SENDING, ended=NOW, how=""), NOW) == Wait(NOW + 7)


def test_a_check_that_found_nothing_is_followed_by_the_next() -> None:
    reply = make_reply(**SENDING, ended=NOW, how="cut")

    turn = after_check(reply, NOW + 3, 0.5)

    assert turn == Transition("sending", ended=NOW, how="cut", checked=NOW + 3, unconfirmed=True)


@pytest.mark.parametrize(("how", "last"), [("error", 3), ("cut", 5), ("silent", 11)])
def test_only_the_last_check_leads_to_another_attempt(how: Ending, last: float) -> None:
    reply = make_reply(**SENDING, ended=NOW, how=how, tries=1)

    assert not is_last_check(reply, NOW + last - 0.1)
    assert is_last_check(reply, NOW + last)
    assert after_check(reply, NOW + last - 0.1, 1.0).state == "sending"
    assert after_check(reply, NOW + last, 1.0) == Transition(
        "queued", Trouble("unavailable", NOW), until=NOW + 1, checked=NOW + last, unconfirmed=True
    )


def test_a_check_after_the_last_one_is_due_at_once() -> None:
    assert next_step(make_reply(**SENDING, ended=NOW, how="cut", checked=NOW + 6), NOW + 7) == "check"


def test_before_a_queued_reply_leaves_one_check_is_enough() -> None:
    reply = make_reply(unconfirmed=True, until=NOW - 5)

    assert is_last_check(reply, NOW)
    assert after_check(reply, NOW, 0.5) == Transition("queued", checked=NOW, unconfirmed=True)


def test_the_reply_of_a_dead_worker_leaves_at_once_after_the_last_check() -> None:
    reply = make_reply(**SENDING)

    assert after_check(reply, NOW + 11, 0.5) == Transition("queued", checked=NOW + 11, unconfirmed=True)


def test_a_reply_from_a_backup_that_avito_does_not_have_is_left_to_operators() -> None:
    reply = make_reply(**SENDING, restored=True)
    automatic = make_reply(**SENDING, restored=True, by=b"null")

    assert after_check(reply, NOW + 11, 0.5) == Transition(
        "failed", Trouble("restored", NOW + 11, retryable=True)
    )
    assert after_check(automatic, NOW + 11, 0.5) == Transition("cancelled")


@pytest.mark.parametrize(
    ("outcome", "code", "pause"),
    [
        (Temporary("rate_limited", 7), "rate_limited", 7),
        (Temporary("unavailable"), "unavailable", 1),
        (Unconfirmed("cut"), "checking", 1),
    ],
    ids=["a pause of Avito's", "a pause of our own", "no response"],
)
def test_a_check_that_failed_is_made_again_and_forgets_nothing(
    outcome: Outcome, code: str, pause: float
) -> None:
    sending = make_reply(**SENDING, ended=NOW - 1, how="cut", checked=NOW - 0.5, since=NOW - 1)
    queued = make_reply(unconfirmed=True, checked=NOW - 60)

    assert after_failed_check(sending, outcome, NOW, 1.0) == Transition(
        "sending",
        Trouble(code, NOW - 1),
        until=NOW + pause,
        ended=NOW - 1,
        how="cut",
        checked=NOW - 0.5,
        unconfirmed=True,
    )
    assert after_failed_check(queued, outcome, NOW, 1.0) == Transition(
        "queued", Trouble(code, NOW), until=NOW + pause, checked=NOW - 60, unconfirmed=True
    )


def test_an_upload_without_a_response_is_no_attempt_to_send() -> None:
    reply = make_reply(kind="image", picture="p 1 image/png")

    assert after_upload(reply, Unconfirmed("cut"), NOW, 1.0) == Transition(
        "queued", Trouble("unavailable", NOW), until=NOW + 1
    )
    assert after_upload(reply, Refused("bad_picture", detail="too large"), NOW, 1.0) == Transition(
        "failed", Trouble("bad_picture", NOW, detail="too large")
    )


def test_a_failure_does_not_forget_that_an_earlier_attempt_may_have_worked() -> None:
    reply = make_reply(unconfirmed=True)

    assert after_send(reply, Refused("forbidden"), NOW, 0.5).unconfirmed
    assert give_up(reply, NOW).unconfirmed


def test_the_outcome_is_unknown_where_avito_refuses_to_show_the_thread() -> None:
    reply = make_reply(state="sending", began=NOW, first=NOW, ended=NOW, how="cut", unconfirmed=True)
    refused = Refused("not_paid", retryable=True)

    early = after_failed_check(reply, refused, NOW + 1, 0.5)
    last = after_failed_check(reply, refused, NOW + 5, 0.5)

    assert (early.state, early.until, early.trouble) == ("sending", NOW + 5, Trouble("checking", NOW + 1))
    assert (last.state, last.trouble) == ("failed", Trouble("outcome_unknown", NOW + 5, retryable=True))


def test_a_refused_check_does_not_stop_an_operators_retry() -> None:
    turn = after_failed_check(make_reply(unconfirmed=True), Refused("forbidden"), NOW, 0.5)

    assert turn == Transition("queued", checked=NOW, unconfirmed=True)


@pytest.mark.parametrize(
    "message",
    [
        own(content={"text": "Нет"}),
        own(content={"text": "Да"}, author=BUYER),
        own(content={"text": "Да"}, created=NOW - 901),
        own("held", content={"text": "Да"}),
        own("claimed", content={"text": "Да"}),
        own("held", type="deleted", content={}),
    ],
    ids=["other words", "the buyer's", "older", "known before", "another reply's", "deleted, known before"],
)
@pytest.mark.parametrize("last", [False, True])
def test_other_messages_are_not_taken_for_the_reply(message: Message, *, last: bool) -> None:
    reply = make_reply(first=NOW, held=frozenset({"held"}))

    assert find_message(reply, [message], frozenset({"claimed"}), last=last) is None


def test_the_oldest_matching_message_is_found() -> None:
    reply = make_reply(first=NOW)
    thread = [own("m2", created=NOW + 2, content={"text": "Да"}), own("m1", content={"text": "  Да \n"})]

    found = find_message(reply, thread, UNCLAIMED, last=False)

    assert found is not None
    assert found.id == "m1"


def test_a_picture_is_found_by_a_shared_link_and_at_the_last_check_by_its_kind() -> None:
    uploaded = picture("x", "https://a.example/7/big.jpg?v=1", "https://a.example/7/small.jpg")
    reply = make_reply(kind="image", text="", first=NOW, match=match_words(uploaded))
    same, moved = picture("m2", "https://b.example/7/small.jpg"), picture("m1", "https://c.example/9.jpg")

    assert find_message(reply, [moved], UNCLAIMED, last=False) is None
    assert find_message(reply, [moved], UNCLAIMED, last=True) == moved
    assert find_message(reply, [moved, same], UNCLAIMED, last=True) == same


def test_a_text_that_the_tariff_hides_is_found_at_the_last_check() -> None:
    hidden = own(content={"text": STUB})

    assert find_message(make_reply(first=NOW), [hidden], UNCLAIMED, last=False) is None
    assert find_message(make_reply(first=NOW), [hidden], UNCLAIMED, last=True) == hidden


def test_a_message_that_was_deleted_meanwhile_is_found_at_the_last_check_and_not_sent_again() -> None:
    deleted = own(type="deleted", content={})

    assert find_message(make_reply(first=NOW), [deleted], UNCLAIMED, last=False) is None
    assert find_message(make_reply(first=NOW), [deleted], UNCLAIMED, last=True) == deleted


@given(st.text(min_size=1, max_size=50).filter(str.strip))
def test_spaces_that_a_server_changes_do_not_hide_a_text(text: str) -> None:
    assert text_word(f" {text}\r\n") == text_word(text)


def test_a_text_has_the_same_word_in_every_form_and_another_text_another() -> None:
    assert text_word("И\u0306  да") == text_word("\u0419 да") != text_word("\u0419да")
    assert match_words(own(content={"text": "Да"})) == text_word("Да")


@pytest.mark.parametrize(
    "message",
    [
        own(content={"text": "Да"}, author=BUYER),
        own(type="deleted", content={}),
        own(type="voice", content={"voice": {"voice_id": "v"}}),
        own(content={"text": None}),
        own(content={}),
    ],
    ids=["the buyer's", "deleted", "a kind that is not sent from here", "no text", "no content"],
)
def test_a_message_that_cannot_be_a_reply_has_no_words(message: Message) -> None:
    assert match_words(message) == ""


@pytest.mark.parametrize("link", ["http://[", "", "https://a.example", 7])
def test_a_link_without_a_path_matches_nothing(link: Any) -> None:
    assert match_words(picture("m1", link)) == ""


def test_every_reason_is_a_sentence_followed_by_avitos_words() -> None:
    assert all(reason.endswith(".") for reason in REASONS.values())
    told = reason_of(Trouble("bad_request", NOW, detail="text: too long"))
    assert told == "Avito не принимает это сообщение. Ответ Avito: text: too long"
    assert reason_of(Trouble("bad_request", NOW)) == "Avito не принимает это сообщение."


@pytest.mark.parametrize("name", ["", "Bad Request", "Forbidden", "Not found", "Payment required"])
def test_the_name_of_a_status_is_not_repeated_as_avitos_words(name: str) -> None:
    assert outcome_of(Forbidden("send", status=403, message=name)) == Refused("forbidden", retryable=True)


def test_all_of_avitos_words_are_told_within_bounds() -> None:
    error = BadRequest("send", status=400, message="Wrong", fields={"text": "too long", "id": "x" * 400})

    outcome = outcome_of(error)

    assert isinstance(outcome, Refused)
    assert outcome.detail.startswith("Wrong; text: too long; id: xxx")
    assert len(outcome.detail) == 300
