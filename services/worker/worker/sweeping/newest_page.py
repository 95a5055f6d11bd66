"""Reads the newest page of one chat and commits it: for hints, opened chats and chats in doubt."""

from shared import keys
from worker.avito.client import AvitoClient
from worker.commit import Change, Committed, commit
from worker.context import Work


async def read_newest(work: Work, client: AvitoClient, chat_id: str) -> Committed:
    """Commit what Avito says of the chat's newest 100 messages. Raises AvitoError, RedisError."""
    page = await client.messages(chat_id)
    since = await work.redis.execute_command("HGET", keys.FACTS, "subscribed_since")
    change = Change(
        work.account_id,
        chat_id,
        page.messages,
        "sweep",
        unproved_since=float(since) if since else None,
    )
    return await commit(work.redis, change, work.clock(), work.keep)
