"""The problems of a URL, found before Avito gets it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avito_live.webhook_setup.urls import problems

PUBLIC = ["93.184.216.34"]


@pytest.mark.parametrize(
    ("url", "addresses", "found"),
    [
        pytest.param("https://panel.example.org/x", PUBLIC, [], id="public"),
        pytest.param("https://93.184.216.34/x", [], [], id="public address"),
        pytest.param("http://panel.example.org/x", PUBLIC, ["plain_http"], id="plain http"),
        pytest.param("https://localhost/x", ["127.0.0.1"], ["loopback"], id="localhost"),
        pytest.param("https://127.8.8.8/x", [], ["loopback"], id="loopback address"),
        pytest.param("https://[::1]/x", [], ["loopback"], id="loopback of IPv6"),
        pytest.param("https://[::ffff:127.0.0.1]/x", [], ["loopback"], id="loopback in disguise"),
        pytest.param("https://0.0.0.0/x", [], ["loopback"], id="every address"),
        pytest.param("https://192.168.1.5/x", [], ["private"], id="private address"),
        pytest.param("https://100.64.3.4/x", [], ["private"], id="carrier's network"),
        pytest.param("https://[fd00::1]/x", [], ["private"], id="private IPv6"),
        pytest.param(
            "https://panel.example.org/x", ["10.0.0.7"], ["private"], id="name of a private address"
        ),
        pytest.param("https://panel.example.org/x", ["10.0.0.7", *PUBLIC], [], id="one public address"),
        pytest.param("https://panel.example.org/x", [], ["no_dns"], id="unknown name"),
        pytest.param("http://127.0.0.1:8001/x", [], ["plain_http", "loopback"], id="all at once"),
        pytest.param("ftp://panel.example.org/x", PUBLIC, ["bad_url"], id="not web"),
        pytest.param("https:///x", PUBLIC, ["bad_url"], id="no host"),
        pytest.param("https://panel.example.org:port/x", PUBLIC, ["bad_url"], id="no port"),
    ],
)
def test_each_problem_of_an_address_is_named(url: str, addresses: list[str], found: list[str]) -> None:
    assert [one.trouble for one in problems(url, addresses)] == found


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3))
def test_no_text_crashes_the_check(url: str, addresses: list[str]) -> None:
    problems(url, addresses)
