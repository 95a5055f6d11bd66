"""Avito's list of chats, all its pages, of all three types."""

from dataclasses import dataclass

from worker.avito.chats import ChatListing
from worker.avito.client import AvitoClient
from worker.avito.errors import AvitoError

PAGE = 100
LAST_OFFSET = 1000


@dataclass(frozen=True, slots=True)
class ChatList:
    """What Avito listed. `skipped`: rows nobody could read. `beyond`: there are more than can be listed.

    `error`: why it ends early, None when it is whole.
    """

    chats: tuple[ChatListing, ...]
    skipped: int
    beyond: bool
    error: AvitoError | None


async def read_chat_list(client: AvitoClient, *, unread_only: bool = False) -> ChatList:
    """Read every page; what came before an error counts."""
    chats: dict[str, ChatListing] = {}
    skipped = 0
    for offset in range(0, LAST_OFFSET + PAGE, PAGE):
        try:
            page = await client.chats(limit=PAGE, offset=offset, unread_only=unread_only)
        except AvitoError as error:
            return ChatList(tuple(chats.values()), skipped, beyond=False, error=error)
        chats |= {chat.chat_id: chat for chat in page.chats}
        skipped += page.skipped
        if not page.more:
            return ChatList(tuple(chats.values()), skipped, beyond=False, error=None)
    return ChatList(tuple(chats.values()), skipped, beyond=True, error=None)
