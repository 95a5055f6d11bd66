"""The chats that one sweep reads, a few at a time."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from redis.exceptions import ResponseError

from shared.process.foreseen import is_store_error
from shared.process.shutdown import run_together
from worker.avito.chats import ChatListing
from worker.avito.errors import AvitoError, BadRequest, Forbidden, NotFound
from worker.sync.sweep.chat_check import Checked

log = logging.getLogger("worker.sweep")

AT_ONCE = 4
FAILURES_END_IT = 3
ABOUT_ONE_CHAT = (NotFound, Forbidden, BadRequest)


@dataclass(slots=True)
class Round:
    """The chats of one sweep, `at_once` so many. Those that fail are counted and left for the next one.

    `failing`: chats that failed when they were last read. They come last, so that they hold up no other.
    """

    failing: set[str]
    at_once: int = AT_ONCE
    read: int = 0
    new: int = 0
    missing: int = 0
    failed: int = 0
    trouble: int = 0

    async def each(
        self, chats: Iterable[ChatListing], check: Callable[[ChatListing], Awaitable[Checked]]
    ) -> None:
        """Check all, in order; after several failures of Avito's, leave the rest.

        Raises RedisError, but not for a chat alone that Redis cannot commit, such as one of a wrong type.
        """
        waiting = sorted(chats, key=lambda chat: chat.chat_id in self.failing)[::-1]

        async def take() -> None:
            while waiting:
                chat = waiting.pop()
                if self.trouble >= FAILURES_END_IT:
                    self.failed += 1
                    continue
                await self._one(chat, check)

        if waiting:
            await run_together(*(take() for _ in range(min(self.at_once, len(waiting)))))

    async def _one(self, chat: ChatListing, check: Callable[[ChatListing], Awaitable[Checked]]) -> None:
        try:
            done = await check(chat)
        except AvitoError as error:
            self.failed += 1
            self.trouble += not is_about_one_chat(error, others_were_read=self.read > 0)
            self.failing.add(chat.chat_id)
            log.warning("worker.sweep.later", extra={"chat": chat.chat_id, "reason": str(error)})
            return
        except ResponseError as error:
            if is_store_error(error):
                raise
            self.failed += 1
            self.failing.add(chat.chat_id)
            log.warning("worker.sweep.refused", extra={"chat": chat.chat_id, "reason": str(error)})
            return
        self.failing.discard(chat.chat_id)
        self.read += 1
        self.new += done.new
        self.missing += done.missing


def is_about_one_chat(error: AvitoError, *, others_were_read: bool) -> bool:
    """Tell whether Avito refuses only this chat. Where no other was read, a 403 may be about them all."""
    return isinstance(error, ABOUT_ONE_CHAT) and (others_were_read or not isinstance(error, Forbidden))
