"""Follows the journal and forwards the messages that ring. The leader does it.

A message is forwarded at least once: the position is saved after Telegram took a text. A shutdown waits for
the text that is being sent and its position. A position that Redis refuses is saved before another text is
sent, so a text is sent twice only when the worker dies in between, or a failover loses the position. Messages
that came while forwarding was off, or in bulk (a first import), are not forwarded.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from redis.exceptions import ResponseError

from shared.process.shutdown import run_to_completion
from shared.process.stored import skipping
from shared.redis import keys
from shared.redis.journal import NOWHERE, JournalPosition, JournalSlice
from shared.redis.lease import FINISH_S
from shared.timing.backoff import Backoff
from shared.wires.read_model import stored_chat
from worker.accounts.context import AccountContext
from worker.accounts.journal_follower import Event, JournalFollower
from worker.features.forwarding.words import line, packed
from worker.features.telegram import NotSentError, Telegram

log = logging.getLogger("worker.forwarding")

NAME = "forwarding"
LOOK_S = 1.0
_BACKOFF = Backoff(first=2.0, most=60.0)
MAX_EVENTS = 100


@dataclass(slots=True)
class Forwarder:
    """One per account."""

    account: AccountContext
    telegram: Telegram
    _journal: JournalFollower = field(init=False)

    def __post_init__(self) -> None:
        self._journal = JournalFollower(self.account, NAME, self._send, self._begin, MAX_EVENTS)

    async def forward_for_ever(self) -> None:
        """Forward again and again; while Telegram refuses, wait longer and longer. Raises RedisError."""
        failures = 0
        while True:
            try:
                pause = 0.0 if await self.forward() else LOOK_S
                failures = 0
            except NotSentError as error:
                failures += 1
                pause = _BACKOFF.pause(failures)
                log.warning("worker.forwarding.not_sent", extra={"reason": str(error), "pause_s": pause})
            await asyncio.sleep(pause)

    async def forward(self) -> bool:
        """Send new messages, as many as one text takes; tell whether there may be more.

        Raises NotSentError, RedisError.
        """
        return await run_to_completion(self._journal.look(), FINISH_S)

    async def _send(self, events: Sequence[Event]) -> int | None:
        """Send the first text of the messages that ring; return the last seq in it, None if it holds all."""
        ringing = [event for event in events if event["type"] == "message" and event.get("ring")]
        texts = packed([(event["seq"], line(event, await self._chat(event))) for event in ringing])
        if not texts:
            return None
        await self.telegram.send(texts[0].body)
        sent = sum(event["seq"] <= texts[0].last_seq for event in ringing)
        log.info("worker.forwarding.sent", extra={"messages": sent})
        return texts[0].last_seq if len(texts) > 1 else None

    async def _begin(self, position: JournalPosition, part: JournalSlice) -> int:
        """Begin at the head; where the journal was trimmed, go on with what it still has."""
        return part.head if position == NOWHERE else part.after

    async def _chat(self, event: Event) -> Event:
        key = keys.chat(event["account_id"], event["chat_id"])
        with skipping(key):
            return stored_chat(key, await self.account.redis.hget(key, "json"))
        return {}


async def stay_off(account: AccountContext) -> None:
    """Forget how far forwarding came, so that it begins anew when it is switched on, and do nothing more.

    A Redis that refuses writes is asked again when another worker leads.
    """
    with suppress(ResponseError):
        await account.redis.hdel(keys.journal_positions(account.account_id), NAME)
        await account.redis.delete(keys.FORWARDING_POSITION)
    await asyncio.Event().wait()
