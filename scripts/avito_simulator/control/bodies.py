"""The request bodies of the control API as types; everything else is refused."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from avito_simulator.model import ChatType
from avito_simulator.typed import Between, Chance, Seconds
from avito_simulator.world import DeletionForm

Id = Annotated[int, Between(0, 2**53)]


@dataclass(frozen=True, slots=True)
class Nothing:
    """An empty object."""


@dataclass(frozen=True, slots=True)
class BuyerBody:
    """A buyer with defaults. `name` null: Avito hides the profile."""

    id: Id | None = None
    name: str | None = "Марина"
    avatar: str = "w1"


@dataclass(frozen=True, slots=True)
class ItemBody:
    """An item with defaults."""

    id: Id | None = None
    title: str = "Велосипед горный Вершина 27"
    price: str | None = "18\u00a0500\u00a0₽"
    place: str = "Тверь"
    url: str | None = None
    picture: str | None = "bicycle"
    status_id: int = 10


@dataclass(frozen=True, slots=True)
class CreateChat:
    """A new chat. `item`: for u2i only."""

    type: ChatType = "u2i"
    id: str | None = None
    created: Id | None = None
    buyer: BuyerBody = field(default_factory=BuyerBody)
    item: ItemBody = field(default_factory=ItemBody)


@dataclass(frozen=True, slots=True)
class Write:
    """A message. `seller` writes in Avito's own app, `bot` is Avito's chat-bot.

    `type` may be any word; `content` is sent as it is, else made from `text` (and
    `picture`, the name of a drawing). `webhook` false: the message is only in the lists.
    """

    by: Literal["buyer", "seller", "system", "bot"] = "buyer"
    type: str | None = None
    text: str | None = None
    content: dict[str, Any] | None = None
    picture: str = "receipt"
    quote_id: str | None = None
    flow_id: str | None = None
    id: str | None = None
    created: Id | None = None
    webhook: bool = True


@dataclass(frozen=True, slots=True)
class Delete:
    """A deletion by the author. `form`: by default that of the switch `deleted_as`."""

    form: DeletionForm | None = None
    webhook: bool = True


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Which side has read the chat."""

    by: Literal["buyer", "seller"] = "buyer"


@dataclass(frozen=True, slots=True)
class Repost:
    """Another posting of a message's webhook."""

    late_s: Seconds = 0


@dataclass(frozen=True, slots=True)
class RawWebhook:
    """Any bytes, posted as Avito does: `event` as JSON, else `raw` unchanged."""

    event: object = None
    raw: str = ""
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Burst:
    """`messages` in `chats` (or `chat_ids`) at `rate` a second, 0 = as fast as possible."""

    messages: Annotated[int, Between(1, 100_000)] = 100
    chats: Annotated[int, Between(1, 5_000)] = 10
    rate: Annotated[float, Between(0, 5_000)] = 0
    duplicates: Chance = 0
    shuffle: bool = False
    text: str = "Сообщение {n}"
    chat_ids: list[str] | None = None


@dataclass(frozen=True, slots=True)
class ReplaceSubscriptions:
    """The only subscribed URLs from now on."""

    urls: list[str]


@dataclass(frozen=True, slots=True)
class MakeCode:
    """An authorization code with these scopes."""

    scopes: list[str] = field(default_factory=lambda: ["messenger:read", "messenger:write"])


@dataclass(frozen=True, slots=True)
class Idle:
    """A wait until all webhooks are posted, with a timeout."""

    timeout_s: Annotated[float, Between(0, 600)] = 30
