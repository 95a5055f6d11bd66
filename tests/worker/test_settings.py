"""What the worker and its features take from the environment."""

import subprocess
import sys

import pytest

from shared.settings import SettingsError
from worker import features
from worker.features.configuration import configure

KEYS = {"AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "secret", "AVITO_USER_ID": "301200100"}


def test_the_keys_are_all_it_needs() -> None:
    settings = configure(KEYS).settings

    assert (settings.keys.user_id, settings.redis_url) == (301200100, "redis://127.0.0.1:6379/0")
    assert (settings.api_url, settings.calls_per_minute) == ("https://api.avito.ru", 300)
    assert (settings.poll_s, settings.sweep_s, settings.watch_s, settings.metrics_port) == (30, 300, 60, 8002)
    assert settings.keep_messages == 200
    assert settings.address.url == ""


def test_domain_and_secret_make_the_address_of_the_webhook() -> None:
    settings = configure(KEYS | {"DOMAIN": "shop.example", "WEBHOOK_SECRET": "s1"}).settings

    assert settings.address.url == "https://shop.example/admin/avito/webhook/s1"


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        configure(
            {
                "AVITO_CLIENT_ID": "changeme",
                "AVITO_USER_ID": "seven",
                "DOMAIN": "https://shop.example/",
                "WEBHOOK_SECRET": "<secret>",
                "REDIS_URL": "http://nowhere",
                "AVITO_API_URL": "api.avito.ru",
                "TELEGRAM_BOT_TOKEN": "changeme",
            }
        )

    assert [problem.split()[0] for problem in raised.value.problems] == [
        "AVITO_CLIENT_ID",
        "AVITO_CLIENT_SECRET",
        "AVITO_USER_ID",
        "DOMAIN",
        "WEBHOOK_SECRET",
        "REDIS_URL",
        "AVITO_API_URL",
        "TELEGRAM_BOT_TOKEN",
        "TELEGRAM_BOT_TOKEN",
    ]


def test_a_worker_without_features_needs_none_of_their_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "FEATURES", ())

    assert configure(KEYS | {"TELEGRAM_BOT_TOKEN": "123:made-up"}).features == ()


def test_an_old_signature_key_is_said_and_stops_no_worker() -> None:
    environ = KEYS | {"SIGNATURE_KEY": "of-version-0.1", "REDIS_URL": "redis://127.0.0.1:1/0"}
    worker = subprocess.Popen(
        [sys.executable, "-m", "worker"], env=environ, stderr=subprocess.PIPE, text=True
    )
    try:
        assert worker.stderr is not None
        said = next(line for line in worker.stderr if "worker.setting.unused" in line)
    finally:
        worker.kill()
        worker.communicate()

    assert "SIGNATURE_KEY" in said
    assert "of-version" not in said
