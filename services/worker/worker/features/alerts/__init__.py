"""Tells the owner through Telegram what needs them: one message for each cause, with no panel open."""

from pathlib import Path

from shared.settings import Environment
from worker.features.feature import Feature
from worker.features.telegram_settings import read_telegram
from worker.settings import Settings
from worker.sync.intervals import SyncIntervals


def plug_in(environment: Environment, settings: Settings) -> Feature:
    """Alert TELEGRAM_CHAT_ID; without a bot and a chat the owner is not alerted."""
    chat = read_telegram(environment, "TELEGRAM_CHAT_ID")
    disk = Path(environment.text("SPOOL_DIR")).absolute()
    intervals = SyncIntervals(settings.poll_s, settings.sweep_s, settings.watch_s)
    return Feature(f"{__name__}.loops:make_loops", (chat, disk, intervals))
