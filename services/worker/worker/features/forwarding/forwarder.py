"""Reads the journal on and forwards what rings. One worker at a time does it, under the watch's lease.

At least once: the place is written down after Telegram took a text. Whoever ends this waits for the text in
hand and its note, and a note that Redis refuses is made up for before anything else is sent, so only a worker
that dies between the two lets one be sent again. What happened while forwarding was off is not forwarded, and
neither is what came in bulk (a first import).
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.process.shutdown import see_through
from shared.redis import keys, lua
from shared.redis.lease import FINISH_S
from worker.accounts.context import AccountContext
from worker.features.forwarding.words import Text, line, packed
from worker.features.telegram import NotSentError, Telegram

log = logging.getLogger("worker.forwarding")

LOOK_S = 1.0
LONGEST_PAUSE_S = 60.0
ROWS = 100
_READ = lua.load("read_journal")
_MOVE = lua.load("forward_on")


@dataclass(frozen=True, slots=True)
class ForwardedRange:
    """Events of an epoch that are done with: those after `place`, up to `reached`."""

    place: int
    reached: int
    epoch: bytes


@dataclass(slots=True)
class Forwarder:
    """One account's. `_owed`: what Telegram took and Redis has not noted yet."""

    account: AccountContext
    telegram: Telegram
    _owed: ForwardedRange | None = None

    async def forward_for_ever(self) -> None:
        """Forward again and again; while Telegram refuses, wait longer and longer. Raises RedisError."""
        pause = LOOK_S
        while True:
            try:
                more = await self.forward()
            except NotSentError as error:
                pause = min(LONGEST_PAUSE_S, pause * 2)
                log.warning("worker.forwarding.not_sent", extra={"reason": str(error), "pause_s": pause})
            else:
                pause = 0.0 if more else LOOK_S
            await asyncio.sleep(pause)
            pause = pause or LOOK_S

    async def forward(self) -> bool:
        """Forward what is new, up to a bound; tell whether there may be more. Raises NotSentError."""
        await self._note_owed()
        place = await self._place()
        state, rows = await _READ.run(
            self.account.redis, [keys.STATE, keys.JOURNAL], [f"{place + 1}-0", ROWS]
        )
        epoch = state[0] or b""
        if not rows:
            return False
        events = [orjson.loads(event) for _, (_, event) in rows]
        ringing = [event for event in events if event["type"] == "message" and event.get("ring")]
        for text in packed([(event["seq"], line(event, await self._chat(event))) for event in ringing]):
            if not await see_through(self._tell(text, place, epoch), FINISH_S):
                return False
            place = text.reached
        if ringing:
            log.info("worker.forwarding.sent", extra={"messages": len(ringing)})
        await self._note(ForwardedRange(place, int(rows[-1][0].partition(b"-")[0]), epoch))
        return len(rows) == ROWS

    async def _tell(self, text: Text, place: int, epoch: bytes) -> bool:
        await self.telegram.send(text.words)
        self._owed = ForwardedRange(place, text.reached, epoch)
        return await self._note_owed()

    async def _note_owed(self) -> bool:
        noted = self._owed is None or await self._note(self._owed)
        self._owed = None
        return noted

    async def _note(self, done: ForwardedRange) -> bool:
        """Write down what is done with; False: another worker, or another epoch, went on meanwhile."""
        arguments = [done.place, done.reached, done.epoch]
        return bool(await _MOVE.run(self.account.redis, [keys.FORWARDED, keys.STATE], arguments))

    async def _place(self) -> int:
        """Return the last seq that is done with; the head when forwarding begins, or Redis lost its tail."""
        held, seq = await self._run("GET", keys.FORWARDED), await self._run("HGET", keys.STATE, "seq")
        head = int(seq or 0)
        if held is not None and int(held) <= head:
            return int(held)
        await self._run("SET", keys.FORWARDED, head)
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
        await redis.delete(keys.FORWARDED)
    await asyncio.Event().wait()
