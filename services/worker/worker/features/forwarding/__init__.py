"""Forwards new messages of buyers to a Telegram chat: off until the owner names one."""

from shared.settings import Environment
from worker.features.feature import Feature
from worker.features.telegram_settings import read_telegram
from worker.settings import Settings


def plug_in(environment: Environment, settings: Settings) -> Feature:
    """Forward to TELEGRAM_FORWARD_CHAT_ID; without a bot and this chat nothing is forwarded."""
    chat = read_telegram(environment, "TELEGRAM_FORWARD_CHAT_ID", prefix="")
    return Feature(f"{__name__}.loops:make_loops", (chat,))
