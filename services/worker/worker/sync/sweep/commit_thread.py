"""Commits messages that were read from a thread at Avito."""

from collections.abc import Sequence

from shared.redis.lua.scripts import CommitReply
from worker.accounts.context import AccountContext
from worker.messages.commit import Change, commit
from worker.messages.deletion import Notice
from worker.messages.message import ChatFacts, Message
from worker.sync.sweep.deletions import settle_deletions
from worker.sync.sweep.marks import Mark
from worker.sync.sweep.sweep_state import SweepState
from worker.sync.sweep.unreadable import clear_unreadable

AT_ONCE = 200
NEWS_S = 60.0
"""Before the first import has begun, as in an emptied Redis, what is older counts as from before it."""


async def commit_thread(
    account: AccountContext,
    chat_id: str,
    messages: tuple[Message, ...],
    mark: Mark | None,
    *,
    facts: ChatFacts | None = None,
    chat_type: str = "",
    complete: bool = False,
    notice: Notice | None = None,
    expected: bool = True,
) -> CommitReply:
    """Commit messages, oldest first; the reply counts all of them. Raises RedisError.

    Those that were verified, as `mark` says, are not news. In a chat that was never read, messages from
    before the first import are published in bulk, and so do not ring. `complete`: they begin with the first
    of the thread. `notice`: what a webhook said was deleted in it. `expected`: webhooks should have brought
    what is new; False where one that cannot be read may have been about it.
    """
    state = SweepState(account.redis, account.account_id)
    quiet_until = 0.0
    if not (mark and mark.read_at):
        quiet_until = (await state.first_import()).began or account.clock() - NEWS_S
    verified = len(messages) - len(after(messages, mark))
    since = await state.expected() if expected else None
    await clear_unreadable(account.redis, account.account_id, chat_id, messages)
    settled = await settle_deletions(account, chat_id, messages, complete=complete, notice=notice)
    await _commit_lost(account, chat_id, settled.lost)
    replies: list[CommitReply] = []
    for part in quiet_and_loud(settled.listed, quiet_until):
        change = Change(
            account.account_id,
            chat_id,
            part,
            "sweep",
            facts=facts,
            chat_type=chat_type,
            quiet=bool(part) and part[-1].created <= quiet_until,
            expected=since,
            verified=verified,
        )
        verified = max(0, verified - len(part))
        replies.append(await commit(account.redis, change, account.clock(), account.keep))
    return _together(replies)


def after(messages: tuple[Message, ...], mark: Mark | None) -> tuple[Message, ...]:
    """Return the messages, oldest first, that were not verified yet."""
    position = mark.newest if mark else None
    if position is None:
        return messages
    ids = [message.id for message in messages]
    if position.message_id in ids:
        return messages[ids.index(position.message_id) + 1 :]
    later = (n for n, message in enumerate(messages) if message.created > position.created)
    return messages[next(later, len(messages)) :]


def quiet_and_loud(messages: tuple[Message, ...], quiet_until: float) -> Sequence[tuple[Message, ...]]:
    """Split messages, oldest first, into parts for one commit each, those up to `quiet_until` apart."""
    old = sum(message.created <= quiet_until for message in messages)
    parts = [
        part[at : at + AT_ONCE]
        for part in (messages[:old], messages[old:])
        for at in range(0, len(part), AT_ONCE)
    ]
    return parts or [()]


async def _commit_lost(account: AccountContext, chat_id: str, lost: tuple[Message, ...]) -> None:
    """Commit the messages that were deleted without a trace in the thread."""
    if lost:
        change = Change(account.account_id, chat_id, lost, "sweep")
        await commit(account.redis, change, account.clock(), account.keep)


def _together(replies: Sequence[CommitReply]) -> CommitReply:
    """Return the last reply with the counts of all."""
    return replies[-1]._replace(
        new=sum(reply.new for reply in replies), changed=sum(reply.changed for reply in replies)
    )
