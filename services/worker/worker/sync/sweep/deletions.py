"""Finds out what the words of a deletion mean in a thread that was read at Avito."""

from collections.abc import Sequence

from worker.accounts.context import AccountContext
from worker.messages.deletion import Notice, Settled, has_words, settle
from worker.messages.held import held_since
from worker.messages.message import Message


async def settle_deletions(
    account: AccountContext,
    chat_id: str,
    listed: Sequence[Message],
    *,
    complete: bool,
    notice: Notice | None = None,
) -> Settled:
    """Find out how messages of Avito's, oldest first, are to be committed. Raises RedisError.

    `complete`: they begin with the thread's first. `notice`: what a webhook said was deleted in it.
    """
    if not listed or not (notice or any(map(has_words, listed))):
        return Settled(tuple(listed))
    since = 0.0 if complete else listed[0].created
    held = await held_since(account.redis, account.account_id, chat_id, since)
    return settle(listed, held, complete=complete, notice=notice)


def read_notice(token: bytes) -> Notice | None:
    """Read the token of a recheck, which is a notice as `<id> <author> <created>`; None for any other."""
    parts = token.decode(errors="replace").rsplit(" ", 2)
    try:
        return Notice(int(parts[1]), float(parts[2]))
    except (IndexError, ValueError):
        return None
