"""Finds every few seconds the chats in which a buyer wrote outside working hours, and queues an answer.

It keeps no state: chat and closed period make the answer's ref, so a second worker, or the same one after a
crash, queues no answer twice, and the outbox sends it exactly once. While an epoch is young, a question may
be older than the epoch and its answer lost with the tail; then the outbox looks for the answer first, and so
it does where another epoch begins between the look and the queue.
"""

import asyncio
import logging
from dataclasses import dataclass, replace

from shared.process.stored import skipping, texts
from shared.redis import keys
from shared.wires.outbox import NewReply
from shared.wires.queue_reply import queue
from shared.working_hours import hours
from shared.working_hours.open_time import Interval, open_time
from worker.accounts.context import AccountContext
from worker.features.automatic_answers.decide import is_due
from worker.messages.held import read_thread
from worker.outbox.automatic import MOST_AGE_S, is_ref, may_be_lost, ref_of
from worker.outbox.box import meet_epoch

log = logging.getLogger("worker.automatic")

LOOK_S = 4.0
MOST_WAITING = 8
"""At most so many wait to be sent, since operators' replies wait behind them."""
_EARLIER = "-"
"""Some epoch before this one."""


@dataclass(frozen=True, slots=True)
class Answerer:
    """One per account."""

    account: AccountContext

    async def answer_for_ever(self) -> None:
        """Look again and again. Raises RedisError; call again."""
        while True:
            await self.answer()
            await asyncio.sleep(LOOK_S)

    async def answer(self) -> None:
        """Queue the answers that are due now."""
        setting = hours.read(await self.account.redis.get(keys.WORKING_HOURS))
        now = self.account.clock()
        closed = open_time(setting.hours, now, now).closed_at(now) if setting.automatic else None
        if closed is None:
            return
        epoch, met = await meet_epoch(self.account.redis, now)
        lost, epoch = (setting.text, _EARLIER) if may_be_lost(met, now) else ("", epoch)
        room = MOST_WAITING - await self._waiting()
        for chat_id in await self._open_questions(closed, now):
            if room <= 0:
                return
            with skipping(keys.chat(self.account.account_id, chat_id)):
                thread = await read_thread(
                    self.account.redis, self.account.account_id, chat_id, self.account.keep
                )
                if is_due(thread, closed, now, lost):
                    ref, at = ref_of(chat_id, closed), round(now, 3)
                    wish = NewReply(self.account.account_id, chat_id, ref, None, at, text=setting.text)
                    await self._queue(replace(wish, epoch=epoch))
                    room -= 1

    async def _waiting(self) -> int:
        """Return how many automatic answers wait to be sent."""
        waiting = texts(keys.OUTBOX_WAITING, await self.account.redis.zrange(keys.OUTBOX_WAITING, 0, -1))
        return sum(is_ref(name.partition("/")[2]) for name in waiting)

    async def _open_questions(self, closed: Interval, now: float) -> list[str]:
        """Return the chats with recent messages and no answer in this period."""
        account_id = self.account.account_id
        index = keys.chats(account_id)
        chats = texts(index, await self.account.redis.zrangebyscore(index, now - MOST_AGE_S, "+inf"))
        async with self.account.redis.pipeline(transaction=False) as pipe:
            for chat_id in chats:
                pipe.exists(keys.reply(account_id, ref_of(chat_id, closed)))
            known = await pipe.execute()
        return [chat_id for chat_id, answered in zip(chats, known, strict=True) if not answered]

    async def _queue(self, wish: NewReply) -> None:
        verdict, _ = await queue(self.account.redis, wish)
        log.info("worker.automatic.queued", extra={"chat": wish.chat_id, "ref": wish.ref, "verdict": verdict})
