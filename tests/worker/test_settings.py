"""What the worker takes from the environment."""

import pytest

from shared.settings import SettingsError
from worker.settings import from_environment

KEYS = {"AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "secret", "AVITO_USER_ID": "301200100"}


def test_the_keys_are_all_it_needs() -> None:
    settings = from_environment(KEYS)

    assert (settings.keys.user_id, settings.redis_url) == (301200100, "redis://127.0.0.1:6379/0")
    assert (settings.api_url, settings.calls_per_minute) == ("https://api.avito.ru", 300)
    assert (settings.poll_s, settings.sweep_s, settings.watch_s, settings.metrics_port) == (30, 300, 60, 8002)
    assert settings.keep_messages == 200
    assert settings.address.url == ""


def test_domain_and_secret_make_the_address_of_the_webhook() -> None:
    settings = from_environment(KEYS | {"DOMAIN": "shop.example", "WEBHOOK_SECRET": "s1"})

    assert settings.address.url == "https://shop.example/admin/avito/webhook/s1"


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        from_environment(
            {
                "AVITO_CLIENT_ID": "changeme",
                "AVITO_USER_ID": "seven",
                "DOMAIN": "https://shop.example/",
                "WEBHOOK_SECRET": "<secret>",
                "REDIS_URL": "http://nowhere",
                "AVITO_API_URL": "api.avito.ru",
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
    ]


def test_no_conversation_is_forwarded_unless_a_chat_is_named_for_it() -> None:
    bot = {"TELEGRAM_BOT_TOKEN": "123:made-up", "TELEGRAM_CHAT_ID": "42"}

    alone, named = (
        from_environment(KEYS | bot),
        from_environment(KEYS | bot | {"TELEGRAM_FORWARD_CHAT_ID": "77"}),
    )

    assert alone.telegram
    assert alone.forward is None
    assert named.forward
    assert (named.forward.chat_id, named.forward.prefix) == ("77", "")


def test_a_chat_to_forward_to_without_a_bot_is_a_fault() -> None:
    with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN"):
        from_environment(KEYS | {"TELEGRAM_FORWARD_CHAT_ID": "77"})
