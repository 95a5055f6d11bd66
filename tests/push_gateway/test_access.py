import pytest

from push_gateway import access
from push_gateway.access import Caller
from push_gateway.crowd import Crowd
from push_gateway.headers import content_policy

ALLOWED = frozenset({"https://other.example"})


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("https://panel.example", "panel.example"),
        ("https://panel.example", "panel.example:443"),
        ("https://PANEL.example", "panel.example"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://other.example", "panel.example"),
        ("https://Other.example/", "panel.example"),
    ],
)
def test_our_own_pages_are_known(origin: str, host: str) -> None:
    assert access.is_own_origin(origin, host, ALLOWED)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "panel.example"),
        ("https://panel.example.evil.example", "panel.example"),
        ("https://panel.example:8443", "panel.example"),
        ("http://panel.example", "panel.example:443"),
        ("null", "panel.example"),
        ("", ""),
        ("garbage", "garbage"),
        ("file://panel.example", "panel.example"),
        ("https://", ""),
        ("http://[", "["),
        ("https://panel.example:x", "panel.example"),
    ],
)
def test_all_other_pages_are_foreign(origin: str, host: str) -> None:
    assert not access.is_own_origin(origin, host, ALLOWED)


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("avito_session=abc", "abc"),
        ("a=1; avito_session=abc; b=2", "abc"),
        ("", None),
        ("other=abc", None),
        ("avito_session=", None),
        ("avito_session=" + "x" * 200, None),
        ("\x00;;=;", None),
    ],
)
def test_the_session_is_found_among_cookies(header: str, token: str | None) -> None:
    assert access.session_token(header) == token


def test_what_is_managed_is_the_owners() -> None:
    owner, operator = Caller("a", "owner", "d"), Caller("b", "operator", "d")

    assert [owner.may(scope) for scope in ("read", "reply", "manage")] == [True, True, True]
    assert [operator.may(scope) for scope in ("read", "reply", "manage")] == [True, True, False]


def test_plain_http_pictures_are_for_this_machine_alone() -> None:
    assert "http://localhost:*" in content_policy("127.0.0.1:8000")
    assert "http:" not in content_policy("panel.example")
    assert "'unsafe" not in content_policy("panel.example")


def test_sockets_are_bounded_by_session_and_by_address() -> None:
    crowd = Crowd(per_session=2, per_address=3)

    assert [crowd.enter("s", "a") for _ in range(3)] == [True, True, False]
    assert [crowd.enter("t", "a") for _ in range(2)] == [True, False]
    assert crowd.enter("t", "b")
    crowd.leave("s", "a")
    assert crowd.enter("s", "a")


def test_the_crowd_forgets_who_has_left() -> None:
    crowd = Crowd()
    for address in ("a", ""):
        crowd.enter("s", address)
        crowd.leave("s", address)

    assert (dict(crowd.sessions), dict(crowd.addresses)) == ({}, {})
