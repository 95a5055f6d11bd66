"""Chats and messages: actions of buyers, of the seller in Avito's app, and of Avito."""

from typing import Any, Literal

from msgspec.structs import replace

from avito_simulator import content
from avito_simulator.model import FRESH, Buyer, Chat, ChatType, Content, Item, Message
from avito_simulator.simulator import Simulator
from avito_simulator.strict import Id, Strict
from avito_simulator.world import DeletionForm, RefusedError

Answer = dict[str, Any]

BOT_FLOW = "seller_audience_discount"
SYSTEM_AUTHOR = 1


class CreateChat(Strict, frozen=True, kw_only=True):
    """A new chat. `item`: for u2i only; null: Avito names none."""

    type: ChatType = "u2i"
    id: str | None = None
    created: Id | None = None
    buyer: Buyer = Buyer()
    item: Item | None = Item()


class Write(Strict, frozen=True):
    """A message. `seller` writes in Avito's own app, `bot` is Avito's chat-bot.

    `type` may be any word; `content` is sent as it is, else made from `text` (and
    `picture`, the name of a drawing). `webhook` false: the message is only in the lists.
    """

    by: Literal["buyer", "seller", "system", "bot"] = "buyer"
    type: str | None = None
    text: str | None = None
    content: Content | None = None
    picture: str = "receipt"
    quote_id: str | None = None
    flow_id: str | None = None
    id: str | None = None
    created: Id | None = None
    webhook: bool = True


async def create(sim: Simulator, body: CreateChat) -> Answer:
    """Add a chat."""
    return {"chat": sim.wire.chat(make_chat(sim, body))}


async def write_message(sim: Simulator, chat_id: str, body: Write) -> Answer:
    """Add a message to a chat."""
    return {"message": sim.wire.message(write(sim, chat_id, body))}


async def delete(
    sim: Simulator,
    chat_id: str,
    message_id: str,
    *,
    form: DeletionForm = "type",
    webhook: bool = True,
) -> Answer:
    """Delete a message as its author."""
    gone = sim.delete(chat_id, message_id, form, announce=webhook)
    return {"message": sim.wire.message(gone)}


async def repost(sim: Simulator, chat_id: str, message_id: str) -> Answer:
    """Post a message's webhook once more."""
    event = sim.event(sim.world.message(chat_id, message_id))
    return {"postings": len(sim.delivery.publish(event))}


async def read(sim: Simulator, chat_id: str, *, by: Literal["buyer", "seller"] = "buyer") -> Answer:
    """Mark a chat as read by one side."""
    if by == "buyer":
        sim.world.read_by_buyer(chat_id, sim.now())
    else:
        sim.world.read_by_account(chat_id)
    return {"chat": sim.wire.chat(sim.world.chat(chat_id))}


def make_chat(sim: Simulator, body: CreateChat) -> Chat:
    """Add a chat, with defaults for missing values."""
    chat_id = body.id or sim.ids.chat(body.type)
    buyer, item = body.buyer, body.item if body.type == "u2i" else None
    if buyer.id == FRESH:
        buyer = replace(buyer, id=sim.ids.user())
    if item is not None and item.id == FRESH:
        item = replace(item, id=sim.ids.item())
    if item is not None and item.url is None:
        item = replace(item, url=f"https://www.avito.ru/item/{item.id}")
    created = sim.now() if body.created is None else body.created
    return sim.world.add_chat(Chat(chat_id, body.type, created, buyer, item))


def write(sim: Simulator, chat_id: str, body: Write) -> Message:
    """Add a message to a chat. Raises `RefusedError` for a blocked buyer."""
    chat = sim.world.chat(chat_id)
    if body.by == "buyer" and chat.buyer.id in sim.world.blacklist:
        raise RefusedError("the buyer is on the blacklist")
    if body.quote_id is not None:
        sim.world.message(chat_id, body.quote_id)
    kind = body.type or ("system" if body.by in ("system", "bot") else "text")
    authors = {"buyer": chat.buyer.id, "seller": sim.account.id}
    as_buyer = body.by == "system" and body.flow_id is None and sim.faults.switches.system_as_buyer
    message = Message(
        id=body.id or sim.ids.message(),
        chat_id=chat_id,
        author_id=chat.buyer.id if as_buyer else authors.get(body.by, SYSTEM_AUTHOR),
        type="text" if as_buyer else kind,
        content=_content(sim, body, kind),
        created=sim.now() if body.created is None else body.created,
        quote_id=body.quote_id,
    )
    return sim.write(message, announce=body.webhook)


def _content(sim: Simulator, body: Write, kind: str) -> Content:
    if body.content is not None:
        return body.content
    flow_id = body.flow_id or (BOT_FLOW if body.by == "bot" else None)
    if kind == "system" and flow_id is not None:
        return content.system(body.text or "Покупателям предложена скидка", flow_id)
    return content.of_type(
        kind,
        body.text,
        voice_id=sim.ids.uuid(),
        target=sim.account.id,
        picture_url=sim.wire.picture(body.picture, "{size}"),
    )
