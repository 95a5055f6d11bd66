"""Looks where the truth stands for what lost its hint: chats to enrich, replies to send, errands to run."""

import asyncio
from itertools import count

from worker.accounts.context import AccountContext
from worker.jobs import enrich, operator_actions
from worker.outbox import deliver
from worker.outbox.box import epoch_met_at

EVERY_S = 5.0
MEETS_EVERY = 6
"""A new epoch is met at every so many looks, whether somebody replies or not."""


async def requeue_for_ever(account: AccountContext) -> None:
    """Look every few seconds. A loop of whoever keeps watch: arq's cron takes twenty commands a run."""
    for look in count():
        if look % MEETS_EVERY == 0:
            await epoch_met_at(account.redis, account.clock())
        await requeue(account)
        await asyncio.sleep(EVERY_S)


async def requeue(account: AccountContext) -> None:
    """Look once. Raises RedisError."""
    await enrich.requeue_due(account)
    await deliver.requeue_due(account)
    await operator_actions.requeue_due(account)
