"""What is taken of a variable's value, and what is refused by its name; the services share these readers."""

import socket

import pytest

from shared.http.listening import bind
from shared.settings import Environment

WHOLE = {"5": 5, " 5 ": 5, "0": 0, "": 300, "9" * 18: int("9" * 18)}
NO_WHOLE = ("-1", "+5", "1_000", "５", "5.0", "1e3", "0x10", "inf", "nan", "True", "five", "9" * 5000, "5 5")
NUMBERS = {"5": 5.0, "0.5": 0.5, ".5": 0.5, "5.": 5.0, "": 30.0}
NO_NUMBERS = ("-1", "1_0", "５", "1e3", "inf", "-inf", "nan", "1,5", "false", ".", "1e10")
LISTENING = {
    "": "127.0.0.1",
    "0.0.0.0": "0.0.0.0",
    "::": "::",
    "[::]": "::",
    "[::1]": "::1",
    "fe80::1%lo": "fe80::1%lo",
    "localhost": "localhost",
    "my-server_1.lan": "my-server_1.lan",
}
NOT_LISTENING = ("*", "http://127.0.0.1", "127.0.0.1:8000", "[::1", "a b", "магазин.рф", "a/b", "1:2:3")
WEB = (
    "https://a.example",
    "http://127.0.0.1:8003",
    "HTTPS://a.example/x/",
    "https://[::1]:1/x",
    "https://магазин.рф/x",
)
NO_WEB = (
    "foo",
    "ftp://a",
    "https://",
    "https://[x",
    "https://a:99999",
    "https://a:0",
    "https://a b/",
    "https://a..b",
)


def read(name: str, value: str) -> Environment:
    return Environment({name: value})


@pytest.mark.parametrize("value", WHOLE)
def test_a_whole_number_is_one_of_plain_digits(value: str) -> None:
    environment = read("AVITO_RPM", value)

    assert (environment.whole("AVITO_RPM"), environment.problems) == (WHOLE[value], [])


@pytest.mark.parametrize("value", NO_WHOLE)
def test_anything_else_is_no_whole_number(value: str) -> None:
    environment = read("AVITO_RPM", value)

    assert environment.whole("AVITO_RPM") == 0
    assert environment.problems[0].startswith("AVITO_RPM must be a whole number from 0 to ")


@pytest.mark.parametrize("value", NUMBERS)
def test_a_number_may_have_a_fraction(value: str) -> None:
    environment = read("POLL_INTERVAL_S", value)

    assert (environment.number("POLL_INTERVAL_S"), environment.problems) == (NUMBERS[value], [])


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_anything_else_is_no_number(value: str) -> None:
    environment = read("POLL_INTERVAL_S", value)

    environment.number("POLL_INTERVAL_S")

    assert environment.problems[0].startswith("POLL_INTERVAL_S must be a number from 0 to ")


@pytest.mark.parametrize("name", ["INGEST_PORT", "GATEWAY_PORT", "WORKER_METRICS_PORT"])
@pytest.mark.parametrize("value", ["tcp://10.0.0.1:8001", "udp://10.0.0.1:8001", "sctp://[fd00::1]:80"])
def test_a_port_that_kubernetes_made_up_is_called_so(name: str, value: str) -> None:
    environment = read(name, value)

    environment.port(name)

    assert environment.problems[0].startswith(f"{name} is '{value}', which Kubernetes sets")


@pytest.mark.parametrize("value", LISTENING)
def test_a_service_listens_on_an_address_or_a_name(value: str) -> None:
    environment = read("GATEWAY_HOST", value)

    assert (environment.listening("GATEWAY_HOST"), environment.problems) == (LISTENING[value], [])


@pytest.mark.parametrize("value", NOT_LISTENING)
def test_a_service_listens_on_nothing_else(value: str) -> None:
    environment = read("GATEWAY_HOST", value)

    environment.listening("GATEWAY_HOST")

    assert environment.problems[0].startswith("GATEWAY_HOST must be an address of this machine")


@pytest.mark.parametrize("value", WEB)
def test_a_web_address_has_a_host(value: str) -> None:
    environment = read("AVITO_API_URL", value)

    assert environment.web_address("AVITO_API_URL").lower().startswith("http")
    assert environment.problems == []


@pytest.mark.parametrize("value", NO_WEB)
def test_what_cannot_be_reached_is_no_web_address_and_a_secret_one_is_not_shown(value: str) -> None:
    environment = Environment({"AVITO_API_URL": value, "WEBHOOK_URL": value})

    environment.web_address("AVITO_API_URL")
    environment.web_address("WEBHOOK_URL")

    must_be = "must be an address like https://panel.example.org"
    assert environment.problems == [f"AVITO_API_URL {must_be}, not {value!r}", f"WEBHOOK_URL {must_be}"]


@pytest.mark.parametrize("host", ["::", "127.0.0.1", "::1", "localhost"])
def test_a_socket_of_any_address_takes_both_kinds_of_clients(host: str) -> None:
    with bind(host, 0) as listener:
        port = listener.getsockname()[1]
        for client in ("127.0.0.1", "::1") if host == "::" else (host,):
            socket.create_connection((client, port), 2).close()
