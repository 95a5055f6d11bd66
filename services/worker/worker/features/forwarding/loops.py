"""The loop that forwards messages, or forgets that it did."""

from functools import partial

from shared.redis.lease import Lease
from worker.accounts.context import AccountContext
from worker.accounts.leader import Loops
from worker.features.forwarding.forwarder import Forwarder, stay_off
from worker.features.telegram import Telegram
from worker.features.telegram_settings import TelegramChat


def make_loops(account: AccountContext, lease: Lease, chat: TelegramChat | None) -> Loops:
    """Return the loop that forwards to the chat; without one, the loop that tidies up."""
    if chat is None:
        return {"forwarding": partial(stay_off, account)}
    return {"forwarding": Forwarder(account, Telegram(chat)).forward_for_ever}
