"""Messages older than we hold: asked from Avito for the asker alone."""

from dataclasses import dataclass
from typing import Any

import orjson
from redis.asyncio import Redis

from push_gateway.chats.actions import ask
from push_gateway.http.errors import ApiError
from shared.redis import keys
from shared.wires import jobs, older_messages
from shared.wires.older_messages import ThreadCursor

_AVITOS_PAGE = 100


@dataclass(frozen=True, slots=True)
class Older:
    """A page: messages (oldest first) and the cursor of the page above, None at the end."""

    messages: list[Any]
    next: str | None


async def cursor_above(
    redis: Redis, account_id: int, chat_id: str, created: float, message_id: str
) -> str | None:
    """Return where to go on above the oldest held message; None when Avito is known to have nothing there.

    Less than a page of Avito's, and nothing ever let go of: then the whole thread is held.
    """
    held = await redis.execute_command("ZCARD", keys.thread(account_id, chat_id))
    floor = await redis.execute_command("HGET", keys.chat(account_id, chat_id), "floor")
    if held < _AVITOS_PAGE and not floor:
        return None
    return older_messages.write_cursor(
        ThreadCursor(min(held, older_messages.MOST_AFTER), created, message_id)
    )


async def page(redis: Redis, account_id: int, chat_id: str, cursor: str, limit: int) -> Older:
    """Return the page at a cursor; raises ApiError 422 for a wrong one, 504 while Avito is silent."""
    try:
        older_messages.read_cursor(cursor)
    except ValueError:
        raise ApiError(422, "bad_cursor", "before is not a cursor of ours.") from None
    kept = await redis.execute_command("GET", keys.history(account_id, chat_id, f"{cursor}:{limit}"))
    if kept is not None:
        found = orjson.loads(kept)
    else:
        found = await ask(redis, jobs.READ_HISTORY, account_id, chat_id, cursor, limit)
    above = found["next"]
    return Older(
        found["messages"], older_messages.write_cursor(older_messages.read_place(above)) if above else None
    )
