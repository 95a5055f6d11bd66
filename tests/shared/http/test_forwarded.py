"""The real client behind proxies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.forwarded import (
    Origin,
    network_of,
    parse_trusted,
    read,
    wider_network_of,
    widest_network_of,
)

TRUSTED = parse_trusted(["10.0.0.0/8", "::1"])


def origin(peer: str, scheme: str = "http", **headers: str) -> Origin:
    given_ = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return read(peer, scheme, given_, TRUSTED)


def test_headers_of_an_untrusted_client_are_ignored() -> None:
    found = origin(
        "203.0.113.5",
        host="shop.example",
        x_forwarded_for="198.51.100.1",
        x_forwarded_proto="https",
        x_forwarded_host="evil.example",
    )

    assert found == Origin("203.0.113.5", "http", "shop.example")


def test_headers_of_a_trusted_proxy_count() -> None:
    found = origin(
        "10.0.0.2",
        host="ingest:8001",
        x_forwarded_for="203.0.113.5",
        x_forwarded_proto="https",
        x_forwarded_host="Shop.example:8443",
    )

    assert found == Origin("203.0.113.5", "https", "shop.example:8443")


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        pytest.param("203.0.113.5", "203.0.113.5", id="one hop"),
        pytest.param("1.2.3.4, 203.0.113.5", "203.0.113.5", id="the client made up one before"),
        pytest.param("203.0.113.5, 10.0.0.3", "203.0.113.5", id="two trusted proxies"),
        pytest.param("10.9.9.9, 203.0.113.5, 10.0.0.3", "203.0.113.5", id="a made-up trusted one"),
        pytest.param("10.0.0.7, 10.0.0.3", "10.0.0.7", id="all trusted: the first"),
        pytest.param("203.0.113.5:4711", "203.0.113.5", id="with a port"),
        pytest.param("[2001:db8::7]:4711", "2001:db8::7", id="IPv6 with a port"),
        pytest.param("::ffff:203.0.113.5", "203.0.113.5", id="IPv4 in IPv6"),
        pytest.param("203.0.113.5, unknown", "10.0.0.2", id="junk stops the walk"),
        pytest.param("", "10.0.0.2", id="nothing"),
    ],
)
def test_the_client_is_the_first_hop_from_us_that_is_not_trusted(forwarded: str, address: str) -> None:
    assert origin("10.0.0.2", x_forwarded_for=forwarded).address == address


def test_the_scheme_is_what_the_outermost_trusted_proxy_saw() -> None:
    chain = {"x_forwarded_for": "203.0.113.5, 10.0.0.3", "x_forwarded_proto": "https, http"}

    assert origin("10.0.0.2", **chain).scheme == "https"
    assert (
        origin("10.0.0.2", x_forwarded_for="203.0.113.5", x_forwarded_proto="spoofed, https").scheme
        == "https"
    )
    assert origin("10.0.0.2", x_forwarded_proto="https").scheme == "https"


def test_each_trusted_proxy_adds_one_word_to_the_chain() -> None:
    found = origin(
        "10.0.0.2",
        x_forwarded_for="203.0.113.5, 10.0.0.4, 10.0.0.3",
        x_forwarded_proto="https, http, http",
        x_forwarded_host="shop.example, inner.example, inner.example",
    )

    assert found == Origin("203.0.113.5", "https", "shop.example")


def test_only_the_nearest_hops_are_read() -> None:
    made_up = ", ".join(["10.0.0.9"] * 5_000)

    assert origin("10.0.0.2", x_forwarded_for=f"{made_up}, 203.0.113.5, 10.0.0.3").address == "203.0.113.5"
    assert origin("10.0.0.2", x_forwarded_for=f"203.0.113.5, {made_up}").address == "10.0.0.9"


def test_a_header_of_several_lines_is_one_list() -> None:
    lines = [(b"x-forwarded-for", b"198.51.100.1"), (b"x-forwarded-for", b"203.0.113.5, 10.0.0.3")]

    assert read("10.0.0.2", "http", lines, TRUSTED).address == "203.0.113.5"


def test_an_address_with_a_mask_stands_for_its_network() -> None:
    assert parse_trusted(["10.1.2.3/8"]) == parse_trusted(["10.0.0.0/8"])


def test_the_last_host_counts_where_two_are_given() -> None:
    assert origin("203.0.113.5", host="a.example,b.example").host == "b.example"
    assert origin("203.0.113.5", scheme="gopher") == Origin("203.0.113.5", "http", "")


@pytest.mark.parametrize("scheme", ["ws", "wss", "http", "https"])
def test_a_websocket_counts_as_its_http_scheme(scheme: str) -> None:
    assert origin("203.0.113.5", scheme).scheme == scheme.replace("ws", "http")


@pytest.mark.parametrize("host", ["a b", "a/b", "<script>", "a:port", "", "é.example"])
def test_an_invalid_host_is_ignored(host: str) -> None:
    assert origin("10.0.0.2", host="shop.example", x_forwarded_host=host).host == "shop.example"


def test_a_word_that_is_no_address_is_named_in_the_error() -> None:
    with pytest.raises(ValueError, match="nginx"):
        parse_trusted(["10.0.0.1", "nginx"])


def test_ipv6_addresses_are_counted_by_their_network() -> None:
    assert network_of("2001:db8:1:2aa::1") == network_of("2001:db8:1:2bb::2") == "2001:db8:1:200::/56"
    assert network_of("203.0.113.5") == network_of("::ffff:203.0.113.5") == "203.0.113.5"
    assert network_of("") == ""
    assert network_of("::1") == "::/56"


@pytest.mark.parametrize(
    ("address", "wider", "widest"),
    [
        ("203.0.113.5", "203.0.113.0/24", "203.0.0.0/16"),
        ("::ffff:203.0.113.5", "203.0.113.0/24", "203.0.0.0/16"),
        ("2001:db8:1:2aa::1", "2001:db8:1::/48", "2001:db8::/32"),
        ("::1", "::/48", "::/32"),
        ("", "", ""),
    ],
)
def test_neighbours_are_counted_together_by_wider_networks(address: str, wider: str, widest: str) -> None:
    assert (wider_network_of(address), widest_network_of(address)) == (wider, widest)


@given(st.text(st.characters(max_codepoint=255)), st.text(st.characters(max_codepoint=255)))
def test_no_header_raises_an_error(value: str, host: str) -> None:
    found = origin(
        "10.0.0.2", x_forwarded_for=value, x_forwarded_proto=value, x_forwarded_host=host, host=host
    )

    assert found.scheme in {"http", "https"}
