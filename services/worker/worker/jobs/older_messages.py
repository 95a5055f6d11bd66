"""Finds messages older than those we hold, in Avito's history; see shared/wires/threads.py."""

from typing import Any, TypeAlias

import orjson

from shared.redis import keys
from shared.wires import threads
from shared.wires.threads import MOST_AFTER, ThreadCursor
from worker.accounts.context import AccountContext, context_of
from worker.avito.requests import MAX_LIMIT
from worker.avito.responses import MessagePage
from worker.jobs.result import put_result_of
from worker.messages.message import Message

PAGES = 3
_OVERLAP = 10
"""Messages that we hold may have gaps, so begin a little before the cursor."""


OlderMessages: TypeAlias = tuple[tuple[Message, ...], ThreadCursor | None]
"""Messages found, oldest first, and the cursor of those above them; None at the end."""


async def read_older_messages(  # noqa: PLR0917 - arq hands all arguments by position
    context: dict[Any, Any],
    result_id: str,
    until_ms: int,
    account_id: int,
    chat_id: str,
    cursor: str,
    limit: int,
) -> None:
    """Arq job: put `{"messages", "next"}` as the result."""
    account = context_of(context)
    position = threads.read_cursor(cursor)

    async def find() -> dict[str, Any]:
        messages, above = await _find(account, chat_id, position, limit)
        answer = {
            "messages": [shown(message) for message in messages],
            "next": above and [above.after, above.created, above.id],
        }
        name = keys.older_messages(account_id, chat_id, f"{cursor}:{limit}")
        await account.redis.set(name, orjson.dumps(answer), ex=threads.KEPT_S)
        return answer

    await put_result_of(find, account, result_id)


async def _find(account: AccountContext, chat_id: str, cursor: ThreadCursor, limit: int) -> OlderMessages:
    offset = max(0, min(cursor.after, MOST_AFTER) - _OVERLAP)
    for _ in range(PAGES):
        page = await account.avito.messages(chat_id, offset=offset)
        found = older_messages_of(page, offset, cursor, limit)
        offset += MAX_LIMIT
        if found[0] or not page.more or offset > MOST_AFTER:
            return found
    return found


def older_messages_of(page: MessagePage, offset: int, cursor: ThreadCursor, limit: int) -> OlderMessages:
    """Return the messages of a page that lie above the cursor. `offset`: newer messages before it. Pure.

    Where the cursor's own message is not found, those of its second are among them.
    """
    ids = [message.id for message in page.messages]
    if cursor.id in ids:
        older = page.messages[: ids.index(cursor.id)]
    else:
        older = tuple(message for message in page.messages if message.created <= cursor.created)
    taken = older[-limit:]
    if not taken or not (page.more or len(older) > limit):
        return taken, None
    oldest = taken[0]
    after = offset + len(page.messages) - page.messages.index(oldest)
    return taken, ThreadCursor(after, oldest.created, oldest.id) if after <= MOST_AFTER else None


def shown(message: Message) -> dict[str, Any]:
    """Return a message as the contract shows it and lua/_message.lua writes it."""
    return {
        "id": message.id,
        "chat_id": message.chat_id,
        "author_id": message.author_id,
        "direction": message.direction,
        "type": message.type,
        "content": orjson.loads(message.content),
        "quote": orjson.loads(message.quote),
        "own": None,
        "created": int(message.created) if message.created.is_integer() else message.created,
        "rank": message.rank,
        "read": message.read,
        "deleted": message.deleted,
        "source": "sweep",
    } | ({"lead": True} if message.notice == "lead" else {})
