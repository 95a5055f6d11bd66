import pytest
from hypothesis import given
from hypothesis import strategies as st

from push_gateway.auth import access
from push_gateway.auth.access import Caller
from push_gateway.http.headers import content_policy
from shared.http import forwarded

ALLOWED = frozenset({"https://other.example"})


def is_own(origin: str, asked: str, site: str = "") -> bool:
    """Ask about the page `origin` that asks `asked`: scheme and host, as far as they are known here."""
    scheme, _, host = asked.partition("://")
    return access.is_own_origin(origin, forwarded.Origin("", scheme, host), ALLOWED, site=site)


@pytest.mark.parametrize(
    ("origin", "asked"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://panel.example", "https://panel.example"),
        ("https://panel.example", "https://panel.example:443"),
        ("https://PANEL.example", "https://panel.example"),
        ("https://xn--80aswg.xn--p1ai", "https://xn--80aswg.xn--p1ai"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]:443"),
        ("https://other.example", "https://panel.example"),
        ("https://Other.example/", "http://panel.example"),
    ],
)
def test_our_own_pages_are_known(origin: str, asked: str) -> None:
    assert is_own(origin, asked)


@pytest.mark.parametrize("host", ["panel.example", "panel.example:8443", "[::1]:8000"])
def test_a_page_by_https_may_use_a_site_whose_proxy_is_not_declared(host: str) -> None:
    assert is_own(f"https://{host}", f"http://{host}")


@pytest.mark.parametrize(
    ("origin", "asked"),
    [
        ("https://evil.example", "https://panel.example"),
        ("https://panel.example.evil.example", "https://panel.example"),
        ("http://panel.example", "https://panel.example"),
        ("http://panel.example:8443", "https://panel.example:8443"),
        ("https://panel.example:8443", "https://panel.example"),
        ("https://panel.example:8443", "http://panel.example:8000"),
        ("http://panel.example:8000", "http://panel.example"),
        ("http://panel.example", "http://panel.example:443"),
        ("https://panel.example", "http://panel.example:80"),
        ("http://other.example", "http://panel.example"),
        ("https://user@panel.example", "https://panel.example"),
        ("https://panel.example/x", "https://panel.example"),
        ("null", "http://panel.example"),
        ("", "http://"),
        ("garbage", "http://garbage"),
        ("file://panel.example", "http://panel.example"),
        ("https://", "https://"),
        ("http://[", "http://["),
        ("https://panel.example:x", "https://panel.example"),
        ("https://panel.example:٤٤٣", "https://panel.example"),
        ("https://panel.example:443443", "https://panel.example"),
    ],
)
def test_all_other_pages_are_foreign(origin: str, asked: str) -> None:
    assert not is_own(origin, asked)


def test_a_browser_that_says_that_a_page_is_of_another_site_is_believed() -> None:
    page = ("http://panel.example", "http://panel.example")

    assert [is_own(*page, site) for site in ("same-origin", "none")] == [True, True]
    assert [is_own(*page, site) for site in ("cross-site", "same-site", "?")] == [False] * 3
    assert is_own("https://other.example", "http://panel.example", "cross-site")


@given(st.text(max_size=80))
def test_no_text_as_origin_or_host_raises_an_error(text: str) -> None:
    is_own(text, f"http://{text}")
    is_own(f"https://{text}", f"https://{text}")


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
