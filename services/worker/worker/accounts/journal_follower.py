"""Follows the journal under a name, across restarts and failovers: no event is skipped.

The position is saved once the events before it are handled, so those of an interrupted look are handled
again. It lies in the same Redis as the journal: a failover takes both back to one instant, and the saved
position holds in the new epoch as well. So it is read with the events, and what was read before a failover
is not saved after it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shared.process.stored import read_each, read_or
from shared.redis import keys
from shared.redis.journal import NOWHERE, JournalPosition, JournalSlice, read_position
from shared.redis.journal_reader import MAX_BYTES, make_slice
from shared.redis.lease import LostLeaseError
from shared.redis.lua import scripts
from worker.accounts.context import AccountContext
from worker.accounts.earlier_positions import carry_over

log = logging.getLogger("worker.journal")

BREATH_S = 0.05
"""Between two parts of a backlog, so that commits in this process come first."""
MAX_EVENTS = 500

Event = dict[str, Any]
OnEvents = Callable[[Sequence[Event]], Awaitable[int | None]]
"""Handles events of the account, oldest first; returns the seq of the last one done, None for all."""
OnGap = Callable[[JournalPosition, JournalSlice], Awaitable[int]]
"""Makes up for events that the journal no longer has; returns the seq to go on after.

It is given the position reached (NOWHERE at the first start) and the slice that has a gap.
"""


@dataclass(slots=True)
class JournalFollower:
    """One per account and name. One process at a time should follow; a second one's position is not saved."""

    account: AccountContext
    name: str
    on_events: OnEvents
    on_gap: OnGap
    max_events: int = MAX_EVENTS
    _begun: bool = False
    _unsaved: tuple[bytes, JournalPosition] | None = None
    """A move of the position that Redis refused: it is saved before anything else is handled."""

    async def follow_for_ever(self, every_s: float) -> None:
        """Look again and again; without the lease nothing is saved. Raises RedisError."""
        while True:
            try:
                more = await self.look()
            except LostLeaseError:
                more = False
            await asyncio.sleep(BREATH_S if more else every_s)

    async def look(self) -> bool:
        """Handle what is new, up to a bound; tell whether there is more.

        Raises RedisError and what the handlers raise: then the position stays as it was.
        """
        if self._unsaved is not None:
            await self._move(*self._unsaved)
        if not self._begun:
            await carry_over(self.account.redis, self.account.account_id, self.name)
            self._begun = True
        saved, part = await self._read()
        key = keys.journal_positions(self.account.account_id)
        position = read_or(key, saved or None, read_position, NOWHERE)
        if str(part.reached).encode() == saved:
            return False
        if part.gap and position != NOWHERE:
            log.warning(
                "worker.journal.gap", extra={"follower": self.name, "events": part.after - position.seq}
            )
        if part.gap or position == NOWHERE:
            reached = await self.on_gap(position, part)
        else:
            reached = await self._handle(part)
        moved = await self._move(saved, JournalPosition(part.epoch, reached))
        return moved and reached < part.head

    async def _read(self) -> tuple[bytes, JournalSlice]:
        """Return the saved position (b"": none) and what follows it, as of one instant."""
        call = scripts.follow_journal(
            account_id=self.account.account_id,
            name=self.name,
            max_events=self.max_events,
            max_bytes=MAX_BYTES,
        )
        saved, *found = await call.run(self.account.redis)
        return saved, make_slice(*found)

    async def _handle(self, part: JournalSlice) -> int:
        """Hand on the account's events; return the seq of the last one done."""
        told = read_each(keys.JOURNAL, part.events, _read_event)
        events = [event for event in told if event.get("account_id") == self.account.account_id]
        done = await self.on_events(events) if events else None
        return part.reached.seq if done is None else done

    async def _move(self, saved: bytes, reached: JournalPosition) -> bool:
        """Save a new position; False: another process or another epoch went on meanwhile."""
        self._unsaved = saved, reached
        call = scripts.advance_position(
            account_id=self.account.account_id,
            name=self.name,
            seen=saved,
            epoch=reached.epoch,
            reached=reached.seq,
        )
        moved = await call.run(self.account.redis)
        self._unsaved = None
        return moved


def _read_event(text: bytes) -> Event:
    """Read one. Raises ValueError or LookupError for what no commit writes."""
    event = orjson.loads(text)
    if not isinstance(event, dict):
        raise ValueError("no event")  # noqa: TRY004 - as for other text
    if event["type"] in ("message", "thread", "chat"):
        _ = event["account_id"], event["chat_id"], event["seq"]
    if event["type"] == "message":
        _ = event["message"]["id"], event["message"]["direction"], event["chat"]["unanswered_since"]
    return event
