"""Subscriptions, settings: the small pure parts."""

from pathlib import Path

import pytest
from msgspec import ValidationError

from avito_simulator.settings import Settings
from avito_simulator.subscriptions import Subscriptions


def test_a_new_url_replaces_the_old_one_unless_several_are_allowed() -> None:
    subscriptions = Subscriptions()
    subscriptions.add("https://a.test")
    subscriptions.add("https://b.test")
    assert subscriptions.urls == ["https://b.test"]

    subscriptions.add("https://c.test", beside_others=True)

    assert subscriptions.urls == ["https://b.test", "https://c.test"]


def test_failures_in_a_row_end_a_subscription() -> None:
    subscriptions = Subscriptions()
    subscriptions.add("https://a.test")
    subscriptions.failed("https://a.test", disable_after=2)
    subscriptions.succeeded("https://a.test")
    subscriptions.failed("https://a.test", disable_after=2)
    assert subscriptions.urls

    subscriptions.failed("https://a.test", disable_after=2)

    assert (subscriptions.urls, subscriptions.disabled) == ([], ["https://a.test"])


def test_settings_have_defaults_that_work() -> None:
    settings = Settings.from_env({})

    assert (settings.host, settings.port, settings.user_id) == ("127.0.0.1", 8003, 301200100)
    assert settings.base_url == "http://127.0.0.1:8003"
    assert not settings.demo


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_env(
        {"SIM_PORT": "9", "SIM_DEMO": "1", "SIM_PUBLIC_URL": "https://s.test/", "SIM_STATE_FILE": "x"}
    )

    assert (settings.port, settings.demo, settings.base_url) == (9, True, "https://s.test")
    assert settings.state_file == Path("x")


@pytest.mark.parametrize(
    ("name", "value"),
    [("SIM_PORT", "70000"), ("SIM_SEED", "red"), ("SIM_DEMO", "2"), ("AVITO_USER_ID", "-1")],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings.from_env({name: value})
