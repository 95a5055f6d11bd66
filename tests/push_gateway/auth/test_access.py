import pytest

from push_gateway.auth import access
from push_gateway.auth.access import Caller
from push_gateway.auth.limiters import ConnectionLimiter
from push_gateway.http.headers import content_policy

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


FOREIGN = [
    'prefs={"a":1}',
    "flag",
    "version",
    "comment",
    "foo bar=1",
    "a[b]=1",
    "имя=я",
    'a=b"c',
    "path=/",
    "x=1;",
    "\x00;;=",
    "=x",
    "expires",
]


def carrying(*lines: str) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"x"), *((b"cookie", line.encode()) for line in lines)]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_no_cookie_of_another_program_hides_the_session(foreign: str) -> None:
    for header in (f"{foreign}; avito_session=abc", f"avito_session=abc; {foreign}"):
        assert access.session_tokens(carrying(header)) == ["abc"]
    assert access.session_tokens(carrying(foreign, "avito_session=abc")) == ["abc"]
    assert access.session_tokens(carrying("avito_session=abc", foreign)) == ["abc"]


@pytest.mark.parametrize(
    ("header", "tokens"),
    [
        ("avito_session=abc", ["abc"]),
        ('avito_session="abc"', ["abc"]),
        (" avito_session = abc ", ["abc"]),
        ("avito_session=good; avito_session=stale; avito_session=good", ["good", "stale"]),
        ("; ".join(f"avito_session={number}" for number in range(1_000)), ["0", "1", "2", "3"]),
        ("", []),
        ("other=abc", []),
        ("avito_session", []),
        ("avito_session=", []),
        ("avito_session=" + "x" * 200, []),
    ],
)
def test_the_session_is_found_among_cookies(header: str, tokens: list[str]) -> None:
    assert access.session_tokens(carrying(header)) == tokens


def test_only_an_owner_may_manage() -> None:
    owner, operator = Caller("a", "owner", "d"), Caller("b", "operator", "d")

    assert [owner.may(scope) for scope in ("read", "reply", "manage")] == [True, True, True]
    assert [operator.may(scope) for scope in ("read", "reply", "manage")] == [True, True, False]


def test_plain_http_pictures_are_for_this_machine_alone() -> None:
    assert "http://localhost:*" in content_policy("127.0.0.1:8000")
    assert "http:" not in content_policy("panel.example")
    assert "'unsafe" not in content_policy("panel.example")


def test_sockets_are_bounded_by_session_and_by_address() -> None:
    limiter = ConnectionLimiter(per_session=2, per_address=3)

    assert [limiter.enter("s", "a") for _ in range(3)] == [True, True, False]
    assert [limiter.enter("t", "a") for _ in range(2)] == [True, False]
    assert limiter.enter("t", "b")
    limiter.leave("s", "a")
    assert limiter.enter("s", "a")


def test_the_limiter_forgets_closed_sockets() -> None:
    limiter = ConnectionLimiter()
    for address in ("a", ""):
        limiter.enter("s", address)
        limiter.leave("s", address)

    assert (dict(limiter.sessions), dict(limiter.addresses)) == ({}, {})
