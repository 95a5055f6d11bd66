"""The first import begins: which chats it takes, and what their rows show before their threads are read."""

import logging
import math
from collections.abc import Iterable

from shared.process.stored import skipping
from shared.redis import keys
from worker.avito.chats import ChatListing
from worker.sync.sweep.chat_check import ChatCheck
from worker.sync.sweep.chat_list import ChatList
from worker.sync.sweep.plan import first_import, waiting_first
from worker.sync.sweep.sweep_state import Import, SweepState

log = logging.getLogger("worker.sweep")


async def take_in(state: SweepState, found: ChatList, now: float) -> Import:
    """Have the first import take all chats of the lists, up to the first whole one; return how far it is.

    `now`: before the list was asked for, so that what changes meanwhile is news. Avito's times are whole
    seconds, so what is of the second that runs may come after it, and is news as well.
    So an import that an earlier version began, and that left chats out, takes them as well, once.
    """
    begun = await state.first_import()
    if begun.whole or not (found.chats or found.error is None):
        return begun
    began = begun.began or math.floor(now) - 1.0
    unknown = [chat for chat in found.chats if chat.chat_id not in begun.left]
    chosen, left = first_import(unknown, await state.marks(), began)
    await state.widen_import(began, chosen, left, whole=found.error is None)
    log.info("worker.sweep.first_import", extra={"chats": len(chosen), "left_as_they_stand": len(left)})
    return await state.first_import()


async def show_rows(check: ChatCheck, waiting: Iterable[ChatListing], held: set[str]) -> None:
    """Show the chats that wait for the import, as their rows say, those first that wait for an answer.

    A row without its last message shows nothing: a chat without a message would stand there.
    """
    for chat in waiting_first(waiting):
        if chat.chat_id not in held and chat.last is not None:
            with skipping(keys.chat(check.account.account_id, chat.chat_id)):
                await check.show_row(chat, chat.last)
