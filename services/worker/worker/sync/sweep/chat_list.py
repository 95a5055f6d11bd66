"""Avito's list of chats, all its pages, of all three types."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from worker.avito.chats import ChatListing
from worker.avito.client import AvitoClient
from worker.avito.errors import AvitoError, BadRequest, Unavailable
from worker.avito.requests import CHAT_TYPES

PAGE = 100
LAST_OFFSET = 1000
_ASKED_ALONE = ("u2u", "a2u")


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
    """Read every page, since chats are not in order; after an error, return what came before it.

    A list that begins again, or of which no chat can be read although there are some, is an error. Of pages
    without rows, the second in a row ends the list.
    """
    chats: dict[str, ChatListing] = {}
    skipped, before = 0, None

    def ends(*, beyond: bool = False, error: AvitoError | None = None) -> ChatList:
        if error is None and not chats and (beyond or skipped):
            error = _unreadable("none of its chats can be read")
        return ChatList(tuple(chats.values()), skipped, beyond, error)

    for offset in range(0, LAST_OFFSET + PAGE, PAGE):
        try:
            page = await client.chats(
                chat_types=chat_types, limit=PAGE, offset=offset, unread_only=unread_only
            )
        except AvitoError as error:
            return ends(beyond=True) if _is_beyond(error, offset) else ends(error=error)
        known = len(chats)
        chats |= {chat.chat_id: chat for chat in page.chats}
        skipped += page.skipped
        if not page.more:
            return ends()
        if page.chats and len(chats) == known:
            return ends(error=_unreadable("the same chats again"))
        if before is not None and page.rows == before.rows == 0:
            return ends(beyond=True)
        before = page
    return ends(beyond=True)


async def find_types(
    client: AvitoClient, untyped: Iterable[ChatListing]
) -> tuple[dict[str, ChatListing], bool]:
    """Return, by id, the chats whose type Avito tells, and whether it answered every question.

    A list of all types does not say it, so each of the other two types is asked for alone. Where such a list
    shows chats of another type as well, or both show the chat, its type stays unknown.
    """
    told: dict[str, list[str]] = {}
    answered = True
    for chat_type in _ASKED_ALONE:
        found = await read_chat_list(client, chat_types=(chat_type,))
        answered = answered and found.error is None
        if all(chat.chat_type == chat_type for chat in found.chats):
            for chat in found.chats:
                told.setdefault(chat.chat_id, []).append(chat_type)
    typed = {
        chat.chat_id: replace(chat, chat_type=types[0])
        for chat in untyped
        if len(types := told.get(chat.chat_id, [])) == 1
    }
    return typed, answered


def _is_beyond(error: AvitoError, offset: int) -> bool:
    """Tell whether an error is how Avito says that it lists no chats from `offset` on."""
    return isinstance(error, BadRequest) and error.status == 400 and offset > 0


def _unreadable(why: str) -> Unavailable:
    return Unavailable("chats", status=200, why=why)
