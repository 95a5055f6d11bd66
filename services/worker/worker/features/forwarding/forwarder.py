"""Follows the journal and forwards the messages that ring. The leader does it.

A message is forwarded at least once: the position is saved after Telegram took a text. A shutdown waits for
the text that is being sent and its position. A position that Redis refuses is saved before another text is
sent, so a text is sent twice only when the worker dies in between. Messages that came while forwarding was
off, or in bulk (a first import), are not forwarded.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.process.shutdown import run_to_completion
from shared.redis import keys
from shared.redis.lease import FINISH_S
from shared.redis.lua import scripts
from shared.timing.backoff import Backoff
from worker.accounts.context import AccountContext
from worker.features.forwarding.words import Text, line, packed
from worker.features.telegram import NotSentError, Telegram

log = logging.getLogger("worker.forwarding")

LOOK_S = 1.0
_BACKOFF = Backoff(first=2.0, most=60.0)
ROWS = 100


@dataclass(frozen=True, slots=True)
class ForwardedRange:
    """Events of an epoch that are done: those after `begin`, up to `end`."""

    begin: int
    end: int
    epoch: bytes


@dataclass(slots=True)
class Forwarder:
    """One per account. `_unsaved`: what Telegram took and Redis has not saved yet."""

    account: AccountContext
    telegram: Telegram
    _unsaved: ForwardedRange | None = None

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
        """Forward new messages, up to a bound; tell whether there may be more. Raises NotSentError."""
        await self._save_unsaved()
        position = await self._position()
        state, rows = await scripts.read_journal(first=f"{position + 1}-0", count=ROWS).run(
            self.account.redis
        )
        epoch = state[0] or b""
        if not rows:
            return False
        events = [orjson.loads(event) for _, (_, event) in rows]
        ringing = [event for event in events if event["type"] == "message" and event.get("ring")]
        for text in packed([(event["seq"], line(event, await self._chat(event))) for event in ringing]):
            if not await run_to_completion(self._send(text, position, epoch), FINISH_S):
                return False
            position = text.last_seq
        if ringing:
            log.info("worker.forwarding.sent", extra={"messages": len(ringing)})
        await self._save(ForwardedRange(position, int(rows[-1][0].partition(b"-")[0]), epoch))
        return len(rows) == ROWS

    async def _send(self, text: Text, position: int, epoch: bytes) -> bool:
        await self.telegram.send(text.body)
        self._unsaved = ForwardedRange(position, text.last_seq, epoch)
        return await self._save_unsaved()

    async def _save_unsaved(self) -> bool:
        noted = self._unsaved is None or await self._save(self._unsaved)
        self._unsaved = None
        return noted

    async def _save(self, done: ForwardedRange) -> bool:
        """Save the position after a range; False: another worker, or another epoch, went on meanwhile."""
        call = scripts.advance_forwarding(seen=done.begin, reached=done.end, epoch=done.epoch)
        return await call.run(self.account.redis)

    async def _position(self) -> int:
        """Return the last seq that is done; the head when forwarding begins, or after Redis lost its tail."""
        held, seq = (
            await self._run("GET", keys.FORWARDING_POSITION),
            await self._run("HGET", keys.STATE, "seq"),
        )
        head = int(seq or 0)
        if held is not None and int(held) <= head:
            return int(held)
        await self._run("SET", keys.FORWARDING_POSITION, head)
        return head

    async def _chat(self, event: dict[str, Any]) -> dict[str, Any]:
        shown = await self._run("HGET", keys.chat(event["account_id"], event["chat_id"]), "json")
        return dict(orjson.loads(shown)) if shown else {}

    async def _run(self, *command: Any) -> Any:
        return await self.account.redis.execute_command(*command)


async def stay_off(redis: Redis) -> None:
    """Forget how far forwarding came, so that it begins anew when it is switched on, and do nothing more.

    A Redis that refuses writes is asked again when another worker leads.
    """
    with suppress(ResponseError):
        await redis.delete(keys.FORWARDING_POSITION)
    await asyncio.Event().wait()
