"""Asks Avito for a few chats every few seconds, so that the status is true when nothing else is asked."""

import asyncio
from dataclasses import dataclass

from worker.accounts.context import AccountContext
from worker.avito.errors import AvitoError, Unavailable
from worker.avito.rate_limit import Priority

EVERY_S = 10.0
AGAIN_S = 1.0
AGAIN_AT_MOST = 5
WITHIN_S = 7.0
"""An answer that takes longer counts as none."""
CHATS = 10
_SHARE = 0.1
"""Of the limit of calls; a tiny limit is left to what operators wait for."""


@dataclass(slots=True)
class Pulse:
    """The pulse of one account, `every_s` as `pause_for` says. The calls themselves tell what they found."""

    account: AccountContext
    every_s: float
    failed: int = 0

    async def beat_for_ever(self) -> None:
        """Ask again and again."""
        while True:
            pause_s = await self.beat()
            await asyncio.sleep(pause_s)

    async def beat(self) -> float:
        """Ask once; returns in how many seconds to ask again."""
        client = self.account.avito.at(Priority.BACKFILL, 0.0, within_s=WITHIN_S)
        try:
            await client.chats(limit=CHATS)
        except Unavailable:
            self.failed += 1
            return AGAIN_S if self.failed < AGAIN_AT_MOST else self.every_s
        except AvitoError:
            pass
        self.failed = 0
        return self.every_s


def pause_for(calls_per_minute: int) -> float:
    """Return the seconds between two pulses. Pure."""
    return max(EVERY_S, 60 / (_SHARE * calls_per_minute))
