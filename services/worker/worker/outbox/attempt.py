"""One try to send a reply: noted in Redis the moment its request leaves, not before and never after."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from worker.avito.errors import AvitoError
from worker.outbox import fence
from worker.outbox.box import Box
from worker.outbox.decide import TRY_WITHIN_S, Outcome, Passing, Unsure
from worker.outbox.find import words_of
from worker.outbox.outcome import outcome_of
from worker.outbox.reply import Reply

PREPARE_WITHIN_S = 20.0
"""So long a try may wait for a token and for its turn: nothing has left yet."""
PUNCTUAL_S = 0.1
"""A request leaves within this time of the begin that was noted."""


class NotBegunError(Exception):
    """The reply has moved on (a cancel, an echo, another worker), so this request must not leave."""


@dataclass(slots=True)
class Attempt:
    """A try of `reply`, whose state is `queued` until its first request leaves.

    A request that was refused for its token is followed by another one; the try then begins anew.
    """

    box: Box
    reply: Reply
    clock: Callable[[], float]
    scope: asyncio.Timeout

    async def leave(self) -> None:
        """Note that a request leaves now. Raises NotBegunError, Forgettable, RedisError: then it must not."""
        began = await self._begin()
        await fence.stand(self.box.redis, self.box.account_id, self.reply.ref)
        if not 0 <= self.clock() - began <= PUNCTUAL_S:
            await self._begin()  # the replicas took their time: the looks count from now

    async def _begin(self) -> float:
        now, ticks = self.clock(), asyncio.get_running_loop().time()
        if not await self._note(now):
            raise NotBegunError
        tries = self.reply.tries + (self.reply.state == "queued")
        self.reply = replace(self.reply, state="sending", tries=tries, began=now, ended=None, how="")
        # Whoever takes over counts on it, see decide.looks_of.
        self.scope.reschedule(ticks + TRY_WITHIN_S)
        return now

    async def _note(self, now: float) -> bool:
        if self.reply.state == "queued":
            return await self.box.begin(self.reply, words_of(self.reply), now)
        return await self.box.change(self.reply, {"began": repr(now)}, now)

    def outcome(self, error: AvitoError | TimeoutError) -> Outcome:
        """Judge how it ended: what never left is not in doubt."""
        outcome = outcome_of(error)
        nothing_left = self.reply.state == "queued" and isinstance(outcome, Unsure)
        return Passing("unavailable") if nothing_left else outcome
