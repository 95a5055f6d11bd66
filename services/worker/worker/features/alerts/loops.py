"""The loop that alerts the owner."""

from pathlib import Path

from shared.redis.lease import Lease
from worker.accounts.context import AccountContext
from worker.accounts.leader import Loops
from worker.features.alerts.alerts import Alerts
from worker.features.telegram import Telegram
from worker.features.telegram_settings import TelegramChat
from worker.sync.intervals import SyncIntervals


def make_loops(
    account: AccountContext, lease: Lease, chat: TelegramChat | None, disk: Path, intervals: SyncIntervals
) -> Loops:
    """Return the loop, none without a chat."""
    if chat is None:
        return {}
    every_s = max(intervals.tick_s, intervals.at_once_s)
    return {"alerts": Alerts(account, Telegram(chat), disk, intervals.notice_s, every_s).watch_for_ever}
