"""Chats and their messages as Avito keeps them. No clock, no socket, no randomness."""

from bisect import insort
from collections.abc import Iterator
from typing import Literal

from avito_simulator.model import DELETED_TEXT, Chat, Message

DeletionForm = Literal["type", "text", "notice", "row"]
EVERYTHING = float("inf")


class NotThereError(Exception):
    """There is no such chat or message."""


class RefusedError(Exception):
    """The action is not allowed on this chat or message."""


class World:
    """Every chat of one account.

    `now` (Unix seconds) hides messages that Avito's lists do not show yet; without it everything is shown.
    `revision` grows with every change.
    """

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        self.chats: dict[str, Chat] = {}
        self.blacklist: dict[int, int] = {}
        self.revision = 0
        self._threads: dict[str, list[Message]] = {}
        self._messages: dict[tuple[str, str], Message] = {}

    def add_chat(self, chat: Chat) -> Chat:
        """Add a chat without messages. Raises `RefusedError` if its id is taken."""
        if chat.id in self.chats:
            raise RefusedError(f"chat {chat.id} is there already")
        self.chats[chat.id] = chat
        self._threads[chat.id] = []
        self.revision += 1
        return chat

    def add(self, message: Message) -> Message:
        """Add a message to its chat and give it its `order`."""
        self.chat(message.chat_id)
        if (message.chat_id, message.id) in self._messages:
            raise RefusedError(f"message {message.id} is there already")
        message.order = len(self._messages) + 1
        message.is_read |= message.author_id == self.account_id
        insort(self._threads[message.chat_id], message, key=lambda one: (one.created, one.order))
        self._messages[message.chat_id, message.id] = message
        self.revision += 1
        return message

    def delete(self, chat_id: str, message_id: str, form: DeletionForm) -> Message:
        """Mark a message as deleted and return it as lists show it from now on.

        A second deletion changes nothing. `updated` of the chat does not change.
        """
        message = self.message(chat_id, message_id)
        if not message.deleted:
            message.deleted = True
            message.type = "text" if form == "text" else "deleted"
            message.content = {"text": DELETED_TEXT} if form == "text" else {}
            self.revision += 1
        return message

    def read_by_account(self, chat_id: str) -> None:
        """Mark all messages of a chat as read by the seller."""
        for message in self.thread(chat_id):
            message.is_read = True
        self.revision += 1

    def read_by_buyer(self, chat_id: str, now: int) -> None:
        """Mark all messages of the seller as read by the buyer at `now`."""
        for message in self.thread(chat_id):
            if message.author_id == self.account_id and message.read is None:
                message.read = now
        self.revision += 1

    def block(self, buyer_id: int, reason_id: int) -> None:
        """Put a buyer on the blacklist."""
        self.blacklist[buyer_id] = reason_id
        self.revision += 1

    def chat(self, chat_id: str) -> Chat:
        """Return a chat. Raises `NotThereError`."""
        try:
            return self.chats[chat_id]
        except KeyError:
            raise NotThereError(f"no chat {chat_id}") from None

    def message(self, chat_id: str, message_id: str) -> Message:
        """Return a message of a chat. Raises `NotThereError`."""
        try:
            return self._messages[self.chat(chat_id).id, message_id]
        except KeyError:
            raise NotThereError(f"no message {message_id} in chat {chat_id}") from None

    def messages(self) -> list[Message]:
        """Return all messages of all chats in the order of their arrival."""
        return list(self._messages.values())

    def clear(self) -> None:
        """Remove everything."""
        self.__init__(self.account_id)  # type: ignore[misc] # the state is what it makes

    def thread(self, chat_id: str, now: float = EVERYTHING) -> list[Message]:
        """Return the messages of a chat, newest first by (created, order)."""
        return list(self._newest_first(chat_id, now))

    def last(self, chat_id: str, now: float = EVERYTHING) -> Message | None:
        """Return the newest message of a chat, deleted or not."""
        return next(self._newest_first(chat_id, now), None)

    def updated(self, chat_id: str, now: float = EVERYTHING) -> int:
        """Return the time of the newest message, or that of the chat."""
        last = self.last(chat_id, now)
        created = self.chat(chat_id).created
        return max(created, last.created) if last else created

    def unread(self, chat_id: str, now: float = EVERYTHING) -> int:
        """Return how many messages of the buyer the seller has not read."""
        return sum(
            not message.is_read and message.type != "system" and not message.deleted
            for message in self._newest_first(chat_id, now)
        )

    def listing(self, now: float = EVERYTHING) -> list[Chat]:
        """Return all chats, the most recently updated first."""
        return sorted(self.chats.values(), key=lambda chat: self._recency(chat, now), reverse=True)

    def voices(self) -> frozenset[str]:
        """Return the ids of all voice messages in the account's chats."""
        return frozenset(
            message.content["voice"]["voice_id"]
            for message in self._messages.values()
            if message.type == "voice" and message.content.get("voice")
        )

    def _recency(self, chat: Chat, now: float) -> tuple[int, int]:
        last = self.last(chat.id, now)
        return self.updated(chat.id, now), last.order if last else 0

    def _newest_first(self, chat_id: str, now: float) -> Iterator[Message]:
        thread = self._threads[self.chat(chat_id).id]
        return (message for message in reversed(thread) if message.visible_at <= now)
