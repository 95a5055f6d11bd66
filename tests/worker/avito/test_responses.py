import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.avito import requests as op
from worker.avito.errors import (
    KEPT_BODY,
    AvitoError,
    BadKeys,
    BadRequest,
    Forbidden,
    NotFound,
    NotPaid,
    RateLimited,
    Unavailable,
    Unknown,
)
from worker.avito.responses import AvitoResponse, read_response, require_success, unreadable_error
from worker.messages.message import Unreadable

HTML = b"\n<!doctype html><title>Bad gateway</title>"


def answer(status: int, body: bytes = b"{}") -> AvitoResponse:
    return AvitoResponse(status, {}, body, 0.0)


def test_an_answer_of_too_many_values_is_trouble_that_passes() -> None:
    with pytest.raises(Unavailable, match="unreadable answer"):
        read_response(op.MESSAGES, answer(200, b"[" + b"{}," * 100_000 + b"{}]"), 0.0)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b"{}", BadRequest),
        (401, b"{}", Forbidden),
        (402, b"{}", NotPaid),
        (403, b"{}", Forbidden),
        (404, b"", NotFound),
        (410, b"", NotFound),
        (405, b"{}", BadRequest),
        (409, b"no", BadRequest),
        (408, b"{}", Unavailable),
        (429, HTML, RateLimited),
        (500, b"{}", Unavailable),
        (502, HTML, Unavailable),
        (503, b"", Unavailable),
        (403, HTML, Unavailable),
        (404, HTML, Unavailable),
        (301, b"", Unavailable),
        (200, HTML, Unavailable),
        (200, b'{"cut": ', Unavailable),
        (200, b'{"ok": false}', BadRequest),
    ],
)
def test_every_status_is_one_kind_of_error(status: int, body: bytes, kind: type[AvitoError]) -> None:
    with pytest.raises(kind) as caught:
        read_response(op.CHAT, answer(status, body), 3.0)

    assert (caught.value.status, caught.value.body) == (status, body)


def test_a_pause_that_avito_asks_for_reaches_the_caller() -> None:
    with pytest.raises(RateLimited) as limited:
        read_response(op.CHAT, answer(429), 3.0)
    with pytest.raises(Unavailable) as down:
        read_response(op.CHAT, answer(503), 3.0)

    assert (limited.value.retry_after, down.value.retry_after) == (3.0, 3.0)


def test_a_send_with_an_unreadable_200_is_unknown_not_failed() -> None:
    with pytest.raises(Unknown) as caught:
        read_response(op.SEND, answer(200, HTML), 0)

    assert caught.value.how == "unreadable"


@pytest.mark.parametrize("operation", [op.SEND, op.SEND_IMAGE])
@pytest.mark.parametrize(
    "body", [b'{"ok": false}', b'{"error": "expired"}', b'{"error": {"code": 403, "message": "no"}}', b"null"]
)
def test_a_send_that_200_does_not_confirm_may_have_worked_whatever_it_says(
    operation: op.Operation, body: bytes
) -> None:
    read_response(operation, answer(200, body), 0)  # no refusal

    assert isinstance(unreadable_error(operation, answer(200, body)), Unknown)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"error": "expired"}', Forbidden),
        (b'{"error": "invalid_token", "error_description": "old"}', Forbidden),
        (b'{"error": {"code": 402, "message": "pay"}}', NotPaid),
        (b'{"error": {"code": "404"}}', NotFound),
        (b'{"code": 500, "message": "oh"}', Unavailable),
        (b'{"error": "oh"}', Unavailable),
        (b'{"error": {"code": 7}}', Unavailable),
        (b"[]", Unavailable),
    ],
)
def test_an_error_in_the_place_of_a_list_counts_as_its_status(body: bytes, kind: type[AvitoError]) -> None:
    assert isinstance(unreadable_error(op.CHATS, answer(200, body)), kind)


@pytest.mark.parametrize("data", [None, {}, {"ok": True}, {"error": None}, []])
def test_what_asks_for_nothing_is_content_with_anything(data: object) -> None:
    require_success(data)


def test_what_asks_for_nothing_is_not_content_with_an_error() -> None:
    with pytest.raises(Unreadable):
        require_success({"error": "expired"})


def test_an_empty_body_is_a_success_without_data() -> None:
    assert read_response(op.BLACKLIST, answer(200, b" "), 0) is None


def test_avitos_message_and_fields_are_kept() -> None:
    body = {"error": {"code": 400, "message": "Validation error", "fields": {"limit": "too large"}}}

    with pytest.raises(BadRequest) as caught:
        read_response(op.CHATS, answer(400, json.dumps(body).encode()), 0)

    assert (caught.value.message, caught.value.fields) == ("Validation error", {"limit": "too large"})


@pytest.mark.parametrize(
    "body",
    [
        {"code": "400", "message": "wrong"},
        {"error": "wrong"},
        {"error": {"message": "wrong"}},
        {"error": {"description": "wrong"}},
        {"error": ["wrong"]},
        {"errors": [{"message": "wrong"}, {}]},
        {"error": "invalid", "error_description": "wrong"},
        {"error": {"message": {"detail": " wrong"}}},
        {"error": None, "message": "wrong"},
        ["wrong"],
        "wrong",
    ],
)
def test_the_words_of_an_error_are_found_in_every_form(body: object) -> None:
    with pytest.raises(BadRequest) as caught:
        read_response(op.SELF, answer(400, json.dumps(body).encode()), 0)

    assert caught.value.message == "wrong"


@pytest.mark.parametrize("status", [200, 201, 400, 500])
def test_a_token_is_taken_with_any_status(status: int) -> None:
    body = b'{"access_token": "t", "expires_in": 86400}'

    assert read_response(op.TOKEN, answer(status, body), 0)["access_token"] == "t"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b'{"error": "invalid_client"}', BadKeys),
        (400, b'{"error": "invalid_client"}', BadKeys),
        (401, b"", BadKeys),
        (403, b'{"access_token": ""}', BadKeys),
        (200, b'{"access_token": ["t"]}', Unavailable),
        (200, b"", Unavailable),
        (200, b'{"error": "unauthorized_client", "error_description": "no"}', BadKeys),
        (200, b'{"error": {"code": 401, "message": "no"}}', BadKeys),
        (200, b'{"code": 403, "message": "no"}', BadKeys),
        (200, b'{"foo": "bar"}', Unavailable),
        (200, b'{"error": null}', Unavailable),
        (200, b'{"error": "temporarily_unavailable"}', Unavailable),
        (400, b'{"error": "server_error"}', Unavailable),
        (200, b'{"error": {"code": 503}}', Unavailable),
        (200, HTML, Unavailable),
        (301, b"", Unavailable),
        (404, b"{}", Unavailable),
        (402, b"{}", NotPaid),
        (403, HTML, Unavailable),
        (503, b'{"error": "down"}', Unavailable),
        (429, b"{}", RateLimited),
    ],
)
def test_keys_are_refused_only_where_avito_says_so(status: int, body: bytes, kind: type[AvitoError]) -> None:
    with pytest.raises(kind):
        read_response(op.TOKEN, answer(status, body), 1.0)


ERROR_FIELDS = ["error", "errors", "message", "fields", "ok", "code"]


@given(
    st.sampled_from([found for found in vars(op).values() if isinstance(found, op.Operation)]),
    st.integers(200, 599),
    st.binary()
    | st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda some: (
            st.lists(some)
            | st.dictionaries(st.sampled_from(["error", "errors", "message", "fields", "ok", "code"]), some)
        ),
    ).map(lambda value: json.dumps(value).encode()),
)
def test_any_response_is_read_or_raises_an_avito_error(
    operation: op.Operation, status: int, body: bytes
) -> None:
    named = unreadable_error(operation, answer(status, body)).operation
    try:
        read_response(operation, answer(status, body), 0)
    except AvitoError as error:
        named = error.operation

    assert named == operation.name


def test_an_errors_text_holds_nothing_of_avitos_response_and_its_body_is_bounded() -> None:
    body = json.dumps({"error": {"message": "bad token abc-secret"}, "more": "x" * 9999}).encode()

    with pytest.raises(NotPaid) as caught:
        read_response(op.SEND, answer(402, body), 0)

    assert str(caught.value) == "Avito's tariff does not cover this, send (status 402)"
    assert "secret" not in repr(caught.value)
    assert len(caught.value.body) == KEPT_BODY


def test_callers_decide_by_match() -> None:
    match RateLimited("send", retry_after=3.0, status=429):
        case RateLimited(retry_after=seconds):
            assert seconds == 3.0


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (Unavailable("send"), False),
        (Unavailable("send", status=502), True),
        (Unavailable("token", status=502), False),
    ],
)
def test_unavailable_says_whether_the_call_reached_avito(error: Unavailable, sent: bool) -> None:
    assert error.sent == sent
