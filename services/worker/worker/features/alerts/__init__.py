"""Tells the owner through Telegram what needs them: one message for each cause, with no panel open."""

from pathlib import Path

from shared.redis.lease import Lease
from shared.settings import Environment
from worker.accounts.context import AccountContext
from worker.accounts.leader import Loops, MakeLoops
from worker.features.alerts.alerts import Alerts
from worker.features.telegram import read_telegram
from worker.settings import Settings
from worker.sync.intervals import SyncIntervals


def plug_in(environment: Environment, settings: Settings) -> MakeLoops:
    """Alert TELEGRAM_CHAT_ID; without a bot and a chat the owner is not alerted."""
    telegram = read_telegram(environment, "TELEGRAM_CHAT_ID")
    disk = Path(environment.text("SPOOL_DIR")).absolute()
    intervals = SyncIntervals(settings.poll_s, settings.sweep_s, settings.watch_s)
    every_s = max(intervals.tick_s, intervals.at_once_s)

    def make_loops(account: AccountContext, lease: Lease) -> Loops:
        if telegram is None:
            return {}
        return {"alerts": Alerts(account, telegram, disk, intervals.notice_s, every_s).watch_for_ever}

    return make_loops
