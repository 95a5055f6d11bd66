"""Forwards new messages of buyers to a Telegram chat: off until the owner names one."""

from functools import partial

from shared.redis.lease import Lease
from shared.settings import Environment
from worker.accounts.context import AccountContext
from worker.accounts.leader import Loops, MakeLoops
from worker.features.forwarding.forwarder import Forwarder, stay_off
from worker.features.telegram import read_telegram
from worker.settings import Settings


def plug_in(environment: Environment, settings: Settings) -> MakeLoops:
    """Forward to TELEGRAM_FORWARD_CHAT_ID; without a bot and this chat nothing is forwarded."""
    telegram = read_telegram(environment, "TELEGRAM_FORWARD_CHAT_ID", prefix="")

    def make_loops(account: AccountContext, lease: Lease) -> Loops:
        if telegram is None:
            return {"forwarding": partial(stay_off, account)}
        return {"forwarding": Forwarder(account, telegram).forward_for_ever}

    return make_loops
