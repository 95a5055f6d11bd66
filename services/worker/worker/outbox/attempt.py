"""One attempt to send a reply, noted in Redis, and on a replica, just before its request leaves."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.redis import keys
from shared.redis.epoch_watch import is_set_back
from shared.redis.replication import is_replicated, term_of
from worker.avito.errors import AvitoError
from worker.outbox.box import Box
from worker.outbox.decide import ATTEMPT_WITHIN_S, Outcome, Temporary, Unconfirmed
from worker.outbox.outcome import AGAIN_S, NotReplicated, outcome_of
from worker.outbox.reply import Reply, words_of

PREPARE_WITHIN_S = 20.0
"""How long an attempt may wait for a token and the rate limit, while nothing has left."""
PUNCTUAL_S = 0.1
"""A request leaves within this time of its noted begin."""


class NotBegunError(Exception):
    """The reply has changed (a cancel, an echo, another worker), so this request must not leave."""


async def ensure_replicated(redis: Redis, account_id: int, ref: str) -> None:
    """Make sure that a planned failover would keep the attempt. Raises NotReplicated.

    The next master would send a reply of whose attempt it does not know a second time.
    """
    term = term_of(redis)
    try:
        # Asked again, since a new master may not have heard of the attempt.
        state = await redis.hget(keys.reply(account_id, ref), "state")
        replicated = state == b"sending" and await is_replicated(redis, term)
    except (RedisError, OSError):
        replicated = False
    if not replicated:
        raise NotReplicated("send", why="Redis may be about to be replaced", retry_after=AGAIN_S)


@dataclass(slots=True)
class Attempt:
    """An attempt to send `reply`, whose state is `queued` until its first request leaves.

    After a request that Avito refused for its token, another one leaves, and the attempt begins anew.
    """

    box: Box
    reply: Reply
    clock: Callable[[], float]
    scope: asyncio.Timeout

    async def leave(self) -> None:
        """Note that a request leaves now; any exception, as NotBegunError, means that it must not."""
        if await is_set_back(self.box.redis):  # it may have been sent, which the next epoch finds out
            raise NotReplicated("send", why="Redis was set back", retry_after=AGAIN_S)
        began = await self._begin()
        await ensure_replicated(self.box.redis, self.box.account_id, self.reply.ref)
        if not 0 <= self.clock() - began <= PUNCTUAL_S:
            await self._begin()  # the replicas took long, and checks count from the begin

    async def _begin(self) -> float:
        now, ticks = self.clock(), asyncio.get_running_loop().time()
        if not await self._note(now):
            raise NotBegunError
        tries = self.reply.tries + (self.reply.state == "queued")
        self.reply = replace(self.reply, state="sending", tries=tries, began=now, ended=None, how="")
        # A worker that takes over relies on this limit, see decide.check_times.
        self.scope.reschedule(ticks + ATTEMPT_WITHIN_S)
        return now

    async def _note(self, now: float) -> bool:
        if self.reply.state == "queued":
            return await self.box.begin(self.reply, words_of(self.reply), now)
        return await self.box.change(self.reply, {"began": repr(now)}, now)

    def outcome(self, error: AvitoError | TimeoutError) -> Outcome:
        """Return how it ended; where no request has left, nothing is unconfirmed."""
        outcome = outcome_of(error)
        nothing_left = self.reply.state == "queued" and isinstance(outcome, Unconfirmed)
        return Temporary("unavailable") if nothing_left else outcome
