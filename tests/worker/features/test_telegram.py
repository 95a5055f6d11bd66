"""Which Telegram chat each feature writes to, as the environment says."""

import pytest

from shared.settings import Environment
from worker.features.telegram import NotSentError, Telegram
from worker.features.telegram_settings import TelegramChat, read_telegram

BOT = {"TELEGRAM_BOT_TOKEN": "123:made-up"}


def read(values: dict[str, str], chat: str) -> tuple[TelegramChat | None, list[str]]:
    environment = Environment(values)
    return read_telegram(environment, chat), environment.problems


def test_no_conversation_is_forwarded_unless_a_chat_is_named_for_it() -> None:
    alone, _ = read(BOT | {"TELEGRAM_CHAT_ID": "42"}, "TELEGRAM_FORWARD_CHAT_ID")
    named, _ = read(BOT | {"TELEGRAM_FORWARD_CHAT_ID": "77"}, "TELEGRAM_FORWARD_CHAT_ID")

    assert alone is None
    assert named
    assert named.chat_id == "77"


def test_a_chat_for_forwarding_alone_is_enough_for_a_bot() -> None:
    telegram, problems = read(BOT | {"TELEGRAM_FORWARD_CHAT_ID": "77"}, "TELEGRAM_CHAT_ID")

    assert (telegram, problems) == (None, [])


@pytest.mark.parametrize("values", [BOT, {"TELEGRAM_CHAT_ID": "42"}, {"TELEGRAM_FORWARD_CHAT_ID": "77"}])
def test_a_bot_and_a_chat_are_given_together_or_not_at_all(values: dict[str, str]) -> None:
    telegram, problems = read(values, "TELEGRAM_CHAT_ID")

    assert telegram is None
    assert [problem.split()[0] for problem in problems] == ["TELEGRAM_BOT_TOKEN"]


@pytest.mark.anyio
@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "gopher://127.0.0.1:1", "http://127.0.0.1:1"])
async def test_a_proxy_that_cannot_be_used_sends_nothing_and_is_said_so(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)

    with pytest.raises(NotSentError):
        await Telegram(TelegramChat("http://telegram.invalid", "123:made-up", "42")).send("a text")
