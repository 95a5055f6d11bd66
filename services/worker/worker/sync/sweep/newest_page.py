"""Reads the newest page of one chat and commits it: for hints, opened chats and chats in doubt."""

from worker.accounts.context import AccountContext
from worker.avito.client import AvitoClient
from worker.messages.commit import Change, Committed, commit
from worker.sync.sweep.chat_check import after
from worker.sync.sweep.sweep_state import SweepState


async def read_newest(work: AccountContext, client: AvitoClient, chat_id: str) -> Committed:
    """Commit what Avito says of the chat's newest 100 messages. Raises AvitoError, RedisError."""
    book = SweepState(work.redis, work.account_id)
    page = await client.messages(chat_id)
    unproven = after(page.messages, await book.mark(chat_id))
    change = Change(
        work.account_id,
        chat_id,
        page.messages,
        "sweep",
        expected=await book.expected(),
        verified=len(page.messages) - len(unproven),
    )
    return await commit(work.redis, change, work.clock(), work.keep)
