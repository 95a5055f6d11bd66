from pathlib import Path

import pytest
from msgspec import ValidationError

from avito_simulator.settings import Settings


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
