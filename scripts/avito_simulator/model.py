"""The data of Avito's messenger: accounts, buyers, items, chats, messages."""

from dataclasses import dataclass
from typing import Any, Literal

from avito_simulator.strict import Id, Strict

ChatType = Literal["u2i", "u2u", "a2u"]
Content = dict[str, Any]

CHAT_TYPES: tuple[ChatType, ...] = ("u2i", "u2u", "a2u")
FRESH = -1  # no id was given, so a new one is made
DELETED_TEXT = "Сообщение удалено"


@dataclass(frozen=True, slots=True)
class Account:
    """The seller who owns this messenger."""

    id: int
    name: str = "Лавка на Садовой"
    email: str = "shop@example.test"
    phone: str = "70000000000"
    profile_url: str = "https://avito.ru/user/ccdd0011/profile"


class Buyer(Strict, frozen=True):
    """The other side of a chat. `name` None: Avito gives no name and no profile."""

    id: Id = FRESH
    name: str | None = "Марина"
    avatar: str = "w1"


class Item(Strict, frozen=True):
    """An item on sale. `picture`: the name of a drawing; `price`: as Avito prints it.

    `id` 0: Avito names an item that there is not. `user_id`: whose it is; None: the account's.
    """

    id: Id = FRESH
    title: str = "Велосипед горный Вершина 27"
    price: str | None = "18\u00a0500\u00a0₽"
    place: str = "Тверь"
    url: str | None = None
    user_id: Id | None = None
    picture: str | None = "bicycle"
    status_id: int = 10
    lat: float = 56.8587
    lon: float = 35.9176


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation. `created` in Unix seconds; `item` only for u2i."""

    id: str
    type: ChatType
    created: int
    buyer: Buyer
    item: Item | None


@dataclass(slots=True)
class Message:
    """One row of a thread, which its world changes.

    `visible_at`: lists show it from then on (Unix seconds), to simulate a lag.
    `read`: when the buyer read our message. `is_read`: the account has read it.
    `order`: how many messages the world had before it; breaks ties within a second.
    """

    id: str
    chat_id: str
    author_id: int
    type: str
    content: Content
    created: int
    quote_id: str | None = None
    visible_at: float = 0.0
    is_read: bool = False
    read: int | None = None
    deleted: bool = False
    order: int = 0
