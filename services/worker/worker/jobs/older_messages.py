"""Finds messages older than we hold in Avito's history, see shared/wires/older_messages.py."""

from dataclasses import dataclass
from typing import Any

import orjson

from shared.redis import keys
from shared.wires import older_messages
from shared.wires.older_messages import MOST_AFTER, ThreadCursor
from worker.accounts.context import AccountContext, context_of
from worker.avito.requests import MAX_LIMIT
from worker.avito.responses import MessagePage
from worker.jobs import result
from worker.messages.message import Message

PAGES = 3
_OVERLAP = 10
"""Deletions move nothing up, but what we hold may have holes: begin a little before the place."""


@dataclass(frozen=True, slots=True)
class OlderMessages:
    """Messages found, oldest first, and where those above them begin; None at the end."""

    messages: tuple[Message, ...]
    above: ThreadCursor | None


async def read_older_messages(  # noqa: PLR0917 - arq hands all arguments by position
    context: dict[Any, Any],
    ask_id: str,
    until_ms: int,
    account_id: int,
    chat_id: str,
    cursor: str,
    limit: int,
) -> None:
    """Arq job: answer with `{"messages", "next"}`."""
    account = context_of(context)
    place = older_messages.read_cursor(cursor)

    async def find() -> dict[str, Any]:
        part = await _find(account, chat_id, place, limit)
        above = part.above
        answer = {
            "messages": [shown(message) for message in part.messages],
            "next": above and [above.after, above.created, above.id],
        }
        name = keys.history(account_id, chat_id, f"{cursor}:{limit}")
        await account.redis.set(name, orjson.dumps(answer), ex=older_messages.KEPT_S)
        return answer

    await result.answer(account, ask_id, find)


async def _find(account: AccountContext, chat_id: str, place: ThreadCursor, limit: int) -> OlderMessages:
    offset = max(0, min(place.after, MOST_AFTER) - _OVERLAP)
    for _ in range(PAGES):
        page = await account.avito.messages(chat_id, offset=offset)
        part = older_messages_of(page, offset, place, limit)
        offset += MAX_LIMIT
        if part.messages or not page.more or offset > MOST_AFTER:
            return part
    return part


def older_messages_of(page: MessagePage, offset: int, place: ThreadCursor, limit: int) -> OlderMessages:
    """Return what of a page, that began after `offset` newer messages, lies above the place. Pure."""
    older = older_than(page.messages, place)
    taken = older[-limit:]
    if not taken or not (page.more or len(older) > limit):
        return OlderMessages(taken, None)
    oldest = taken[0]
    after = offset + len(page.messages) - page.messages.index(oldest)
    return OlderMessages(
        taken, ThreadCursor(after, oldest.created, oldest.id) if after <= MOST_AFTER else None
    )


def older_than(messages: tuple[Message, ...], place: ThreadCursor) -> tuple[Message, ...]:
    """Return what lies above the place; of its own second too where its message is not among them. Pure."""
    ids = [message.id for message in messages]
    if place.id in ids:
        return messages[: ids.index(place.id)]
    return tuple(message for message in messages if message.created <= place.created)


def shown(message: Message) -> dict[str, Any]:
    """Return a message in the words of the contract, as lua/_message.lua writes it."""
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
    }
