"""The process starts from the environment alone, reports faults in one line, and ends cleanly."""

import os
import socket
import subprocess
import sys

import pytest

from push_gateway.auth.staff import password_problem
from push_gateway.settings import read_settings
from shared.settings import SettingsError
from testbed import measured

GOOD = {
    "SESSION_SECRET": "a-session-secret-of-ours",
    "ADMIN_USERNAME": "olga",
    "ADMIN_PASSWORD": "kettle-Amber-7431",
}


def start(**environ: str) -> subprocess.CompletedProcess[str]:
    base = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "push_gateway"],
        env=measured(base | environ),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_fault_of_the_settings_is_named_at_once() -> None:
    done = start(GATEWAY_PORT="x", ADMIN_USERNAME="admin", ADMIN_PASSWORD="admin", TRUSTED_PROXIES="nonsense")

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for name in ("SESSION_SECRET", "GATEWAY_PORT", "ADMIN_PASSWORD", "TRUSTED_PROXIES"):
        assert name in done.stderr


def test_a_taken_port_is_one_plain_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = start(**GOOD, GATEWAY_PORT=str(port))

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in done.stderr


def test_the_gateway_needs_no_avito_keys() -> None:
    settings = read_settings(GOOD)

    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_secrets_do_not_show_in_the_settings() -> None:
    shown = repr(read_settings(GOOD | {"REDIS_URL": "redis://:hidden@db/0"}))

    assert GOOD["ADMIN_PASSWORD"] not in shown
    assert GOOD["SESSION_SECRET"] not in shown
    assert "hidden" not in shown


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "password",
        "Password123",
        "admin12345",
        "qwerty!!",
        "aaaaaaaaaa",
        "12345678",
        "olga-the-1",
    ],
)
def test_passwords_that_attackers_try_first_are_refused(password: str) -> None:
    assert password_problem(password, "olga-the-1")


@pytest.mark.parametrize("password", ["kettle-Amber-7431", "correct horse", "пароль-из-слов", "zX9$kd02"])
def test_other_passwords_are_accepted(password: str) -> None:
    assert password_problem(password, "olga") is None


@pytest.mark.parametrize(
    "faulty",
    [
        {"ADMIN_USERNAME": ""},
        {"ADMIN_PASSWORD": ""},
        {"ALLOWED_ORIGINS": "panel.example.com"},
        {"ALLOWED_ORIGINS": "https://panel.example.com/path"},
        {"SESSION_SECRET": "changeme"},
    ],
)
def test_half_a_first_operator_and_bad_origins_are_faults(faulty: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        read_settings(GOOD | faulty)


def test_settings_without_a_first_operator_are_valid() -> None:
    assert read_settings({"SESSION_SECRET": "a-session-secret"}).admin_username == ""


def test_a_cyrillic_origin_is_compared_as_browsers_send_it() -> None:
    settings = read_settings(
        GOOD | {"ALLOWED_ORIGINS": "https://магазин.рф, http://u@Пример.рф:8000/,https://A.example:443"}
    )

    assert settings.allowed_origins == {
        "https://xn--80aairftm.xn--p1ai",
        "http://u@xn--e1afmkfd.xn--p1ai:8000",
        "https://a.example",
    }
