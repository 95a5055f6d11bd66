"""The request bodies of the control API as types; everything else is refused."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from avito_simulator.model import ChatType
from avito_simulator.strict import Chance, Id, Seconds, Strict
from avito_simulator.world import DeletionForm


class Nothing(Strict, frozen=True):
    """An empty object."""


class BuyerBody(Strict, frozen=True):
    """A buyer with defaults. `name` null: Avito hides the profile."""

    id: Id | None = None
    name: str | None = "Марина"
    avatar: str = "w1"


class ItemBody(Strict, frozen=True):
    """An item with defaults."""

    id: Id | None = None
    title: str = "Велосипед горный Вершина 27"
    price: str | None = "18\u00a0500\u00a0₽"
    place: str = "Тверь"
    url: str | None = None
    picture: str | None = "bicycle"
    status_id: int = 10


class CreateChat(Strict, frozen=True):
    """A new chat. `item`: for u2i only."""

    type: ChatType = "u2i"
    id: str | None = None
    created: Id | None = None
    buyer: BuyerBody = BuyerBody()
    item: ItemBody = ItemBody()


class Write(Strict, frozen=True):
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


class Delete(Strict, frozen=True):
    """A deletion by the author. `form`: by default that of the switch `deleted_as`."""

    form: DeletionForm | None = None
    webhook: bool = True


class MarkRead(Strict, frozen=True):
    """Which side has read the chat."""

    by: Literal["buyer", "seller"] = "buyer"


class Repost(Strict, frozen=True):
    """Another posting of a message's webhook."""

    late_s: Seconds = 0


class RawWebhook(Strict, frozen=True):
    """Any bytes, posted as Avito does: `event` as JSON, else `raw` unchanged."""

    event: object = None
    raw: str = ""
    content_type: str = "application/json"


class Burst(Strict, frozen=True):
    """`messages` in `chats` (or `chat_ids`) at `rate` a second, 0 = as fast as possible."""

    messages: Annotated[int, Meta(ge=1, le=100_000)] = 100
    chats: Annotated[int, Meta(ge=1, le=5_000)] = 10
    rate: Annotated[float, Meta(ge=0, le=5_000)] = 0
    duplicates: Chance = 0
    shuffle: bool = False
    text: str = "Сообщение {n}"
    chat_ids: list[str] | None = None


class ReplaceSubscriptions(Strict, frozen=True):
    """The only subscribed URLs from now on."""

    urls: list[str]


class MakeCode(Strict, frozen=True):
    """An authorization code with these scopes."""

    scopes: tuple[str, ...] = ("messenger:read", "messenger:write")


class Idle(Strict, frozen=True):
    """A wait until all webhooks are posted, with a timeout."""

    timeout_s: Annotated[float, Meta(ge=0, le=600)] = 30
