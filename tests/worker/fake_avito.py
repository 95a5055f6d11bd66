"""A small Avito in memory, in the client's words: for tests of what is done with its answers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, cast

from redis.asyncio import Redis

from tests.worker.builders import BUYER, SELLER
from worker.accounts.context import AccountContext
from worker.avito.chats import ChatPage, read_chats
from worker.avito.errors import AvitoError, NotFound, Unknown
from worker.avito.rate_limit import Priority
from worker.avito.requests import CHAT_TYPES
from worker.avito.responses import MessagePage, Subscription, read_messages

if TYPE_CHECKING:
    from worker.avito.client import AvitoClient

NOW = 1_757_400_000.0
DAY = 86_400.0


@dataclass
class Clock:
    """A clock of Unix seconds that only moves when told to."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeAvito:
    """Chats with their messages oldest first, and subscribed URLs; `trouble` by operation, chat id, or type.

    `stubs`: the list's last messages are the tariff's advertising, each time under another id.
    """

    clock: Clock = field(default_factory=Clock)
    threads: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)
    trouble: dict[str, AvitoError] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    lists_unread: bool = True
    types: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    empty_threads: bool = False
    stubs: bool = False

    def write(
        self, chat_id: str, *, age: float = 0.0, author: int = BUYER, text: str = "Здравствуйте", **more: Any
    ) -> str:
        """Put a message `age` seconds old at the end of a chat; returns its id."""
        thread = self.threads.setdefault(chat_id, [])
        created = int(self.clock.now - age)
        row = {"id": f"{chat_id}-m{len(thread)}", "author_id": author, "created": created, "type": "text"}
        thread.append(row | {"content": {"text": text}, "isRead": author == SELLER} | more)
        return str(row["id"])

    def delete(self, chat_id: str, message_id: str) -> None:
        """Delete a message; `updated` does not move."""
        for row in self.threads[chat_id]:
            if row["id"] == message_id:
                row |= {"type": "deleted", "content": {}}

    def read(self, chat_id: str) -> None:
        """The seller reads the chat in Avito's own app."""
        for row in self.threads[chat_id]:
            row["isRead"] = True

    def at(self, priority: Priority, patience_s: float = 0.0) -> Self:
        """Budgets are not what these tests are about."""
        return self

    async def chats(
        self,
        *,
        chat_types: Sequence[str] = CHAT_TYPES,
        limit: int = 100,
        offset: int = 0,
        unread_only: bool = False,
    ) -> ChatPage:
        self._call(f"chats {offset}" if offset else "chats")
        if len(chat_types) == 1 and (trouble := self.trouble.get(chat_types[0])):
            raise trouble
        everything = (*CHAT_TYPES, "?") if len(chat_types) > 1 else chat_types
        asked = [chat_id for chat_id in self.threads if self.types.get(chat_id, "u2i") in everything]
        rows = [self._row(chat_id) for chat_id in asked if not unread_only or self._unread(chat_id)]
        rows.sort(key=lambda row: -row["updated"])
        told = {"chats": rows[offset : offset + limit], "meta": {"has_more": offset + limit < len(rows)}}
        return read_chats(told, SELLER, self.clock.now, limit=limit, asked_types=chat_types)

    async def messages(self, chat_id: str, *, limit: int = 100, offset: int = 0) -> MessagePage:
        self._call("messages", chat_id)
        if chat_id not in self.threads:
            raise NotFound("messages", status=404)
        newest_first = [] if self.empty_threads else self.threads[chat_id][::-1]
        told = {
            "messages": newest_first[offset : offset + limit],
            "meta": {"has_more": offset + limit < len(newest_first)},
        }
        return read_messages(told, SELLER, chat_id, self.clock.now, limit=limit)

    async def mark_read(self, chat_id: str) -> None:
        self._call("read", chat_id)
        self.read(chat_id)

    async def delete_message(self, chat_id: str, message_id: str) -> None:
        """Delete it, also where the answer is lost. What is deleted, or unknown, is 404."""
        ids = [row["id"] for row in self.threads.get(chat_id, ()) if row["type"] != "deleted"]
        if message_id not in ids:
            raise NotFound("delete", status=404)
        if isinstance(self.trouble.get("delete"), Unknown):
            self.delete(chat_id, message_id)
        self._call("delete", chat_id)
        self.delete(chat_id, message_id)

    async def subscriptions(self) -> tuple[Subscription, ...]:
        self._call("subscriptions")
        return tuple(Subscription(url, "3") for url in self.urls)

    async def subscribe(self, url: str) -> None:
        self._call("subscribe")
        self.urls = [url]

    async def unsubscribe(self, url: str) -> None:
        self._call("unsubscribe")
        self.urls = [other for other in self.urls if other != url]

    def _call(self, operation: str, chat_id: str = "") -> None:
        self.calls[operation] += 1
        error = self.trouble.get(chat_id) or self.trouble.get(operation)
        if error is not None:
            raise error

    def _row(self, chat_id: str) -> dict[str, Any]:
        last = self.threads[chat_id][-1]
        if self.stubs:
            text = "Перейдите на подписку с API мессенджера, чтобы получить доступ к чатам"
            last = last | {"id": f"stub-{self.calls.total()}", "content": {"text": text}}
        item = {"id": 7, "title": self.titles.get(chat_id, "Самокат")}
        return {
            "id": chat_id,
            "updated": last["created"],
            "users": [{"id": BUYER, "name": "Марина"}, {"id": SELLER}],
            **({} if chat_id in self.types else {"context": {"type": "item", "value": item}}),
            "last_message": {name: value for name, value in last.items() if name != "isRead"},
        }

    def _unread(self, chat_id: str) -> bool:
        return self.lists_unread and any(
            not row["isRead"] and row["type"] != "deleted" for row in self.threads[chat_id]
        )


def make_account(redis: Redis, avito: FakeAvito, keep: int = 200) -> AccountContext:
    """An account over a real Redis and the small Avito."""
    return AccountContext(cast("Any", redis), cast("AvitoClient", avito), SELLER, keep, avito.clock)
