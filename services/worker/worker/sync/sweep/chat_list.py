"""Avito's list of chats, all its pages, of all three types."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from worker.avito.chats import ChatListing
from worker.avito.client import AvitoClient
from worker.avito.errors import AvitoError
from worker.avito.requests import CHAT_TYPES

PAGE = 100
LAST_OFFSET = 1000


@dataclass(frozen=True, slots=True)
class ChatList:
    """What Avito listed. `skipped`: rows that could not be read. `beyond`: Avito has more than it lists.

    `error`: why the list ends early, None when it is whole.
    """

    chats: tuple[ChatListing, ...]
    skipped: int
    beyond: bool
    error: AvitoError | None


async def read_chat_list(
    client: AvitoClient, *, chat_types: Sequence[str] = CHAT_TYPES, unread_only: bool = False
) -> ChatList:
    """Read every page; after an error, return what came before it."""
    chats: dict[str, ChatListing] = {}
    skipped = 0
    for offset in range(0, LAST_OFFSET + PAGE, PAGE):
        try:
            page = await client.chats(
                chat_types=chat_types, limit=PAGE, offset=offset, unread_only=unread_only
            )
        except AvitoError as error:
            return ChatList(tuple(chats.values()), skipped, beyond=False, error=error)
        chats |= {chat.chat_id: chat for chat in page.chats}
        skipped += page.skipped
        if not page.more:
            return ChatList(tuple(chats.values()), skipped, beyond=False, error=None)
    return ChatList(tuple(chats.values()), skipped, beyond=True, error=None)


async def find_types(client: AvitoClient, untyped: Iterable[ChatListing]) -> dict[str, ChatListing]:
    """Return, by id, chats without an item with their type: a list of all types does not say it.

    Empty when Avito does not answer: the type then stays unknown until a webhook says it.
    """
    profiles = await read_chat_list(client, chat_types=("u2u",))
    if profiles.error is not None or profiles.beyond:
        return {}
    known = {chat.chat_id for chat in profiles.chats}
    return {
        chat.chat_id: replace(chat, chat_type="u2u" if chat.chat_id in known else "a2u") for chat in untyped
    }
