"""Chats and messages: actions of buyers, of the seller in Avito's app, and of Avito."""

from dataclasses import replace

from msgspec.structs import asdict
from starlette.requests import Request
from starlette.routing import Route

from avito_simulator import content
from avito_simulator.control.bodies import CreateChat, Delete, MarkRead, Repost, Write
from avito_simulator.control.handle import Answer, post
from avito_simulator.model import Buyer, Chat, Content, Item, Message
from avito_simulator.simulator import Simulator
from avito_simulator.world import RefusedError

BOT_FLOW = "seller_audience_discount"


def routes(sim: Simulator) -> list[Route]:
    """Return the routes that create, write, delete, mark as read and post again."""

    async def create(request: Request, body: CreateChat) -> Answer:
        return {"chat": chat_json(sim, make_chat(sim, body))}

    async def write_message(request: Request, body: Write) -> Answer:
        message = write(sim, request.path_params["chat_id"], body)
        return {"message": message_json(sim, message)}

    async def delete(request: Request, body: Delete) -> Answer:
        chat_id, message_id = request.path_params["chat_id"], request.path_params["message_id"]
        gone = sim.delete(chat_id, message_id, body.form, announce=body.webhook)
        return {"message": message_json(sim, gone)}

    async def repost(request: Request, body: Repost) -> Answer:
        chat_id, message_id = request.path_params["chat_id"], request.path_params["message_id"]
        event = sim.event(sim.world.message(chat_id, message_id))
        return {"postings": len(sim.delivery.publish(event, late_s=body.late_s))}

    async def read(request: Request, body: MarkRead) -> Answer:
        chat_id = request.path_params["chat_id"]
        if body.by == "buyer":
            sim.world.read_by_buyer(chat_id, sim.now())
        else:
            sim.world.read_by_account(chat_id)
        return {"chat": chat_json(sim, sim.world.chat(chat_id))}

    return [
        post("/chats", CreateChat, create),
        post("/chats/{chat_id}/messages", Write, write_message),
        post("/chats/{chat_id}/messages/{message_id}/delete", Delete, delete),
        post("/chats/{chat_id}/messages/{message_id}/webhook", Repost, repost),
        post("/chats/{chat_id}/read", MarkRead, read),
    ]


def make_chat(sim: Simulator, body: CreateChat) -> Chat:
    """Add a chat, with defaults for missing values."""
    given = body.buyer
    name = "Авито" if body.type == "a2u" and given.name == "Марина" else given.name
    chat = Chat(
        id=body.id or sim.ids.chat(body.type),
        type=body.type,
        created=sim.now() if body.created is None else body.created,
        buyer=Buyer(sim.ids.user() if given.id is None else given.id, name, given.avatar),
        item=_item(sim, body) if body.type == "u2i" else None,
    )
    return sim.world.add_chat(chat)


def write(sim: Simulator, chat_id: str, body: Write) -> Message:
    """Add a message to a chat. Raises `RefusedError` for a blocked buyer."""
    chat = sim.world.chat(chat_id)
    if body.by == "buyer" and chat.buyer.id in sim.world.blacklist:
        raise RefusedError("the buyer is on the blacklist")
    if body.quote_id is not None:
        sim.world.message(chat_id, body.quote_id)
    kind = body.type or ("system" if body.by in ("system", "bot") else "text")
    draft = sim.draft(chat_id, _author(sim, chat, body.by), kind, _content(sim, body, kind))
    draft = replace(
        draft,
        id=body.id or draft.id,
        created=draft.created if body.created is None else body.created,
        quote_id=body.quote_id,
    )
    return sim.write(draft, announce=body.webhook)


def chat_json(sim: Simulator, chat: Chat) -> Answer:
    """Return a chat as in Avito's lists."""
    return sim.wire.chat(chat, sim.world.updated(chat.id), sim.world.last(chat.id))


def message_json(sim: Simulator, message: Message) -> Answer:
    """Return a message as in Avito's history."""
    quoted = message.quote_id and sim.world.message(message.chat_id, message.quote_id)
    return sim.wire.message(message, quoted or None)


def _author(sim: Simulator, chat: Chat, by: str) -> int:
    system_author = sim.faults.switches.system_author
    if by == "seller":
        return sim.account.id
    if by == "buyer" or system_author == "user":
        return chat.buyer.id
    return int(system_author)


def _content(sim: Simulator, body: Write, kind: str) -> Content:
    if body.content is not None:
        return body.content
    flow_id = body.flow_id or sim.faults.switches.system_flow_id
    if body.by == "bot":
        flow_id = flow_id or BOT_FLOW
    if kind == "system" and flow_id is not None:
        return content.system(body.text or "Покупателям предложена скидка", flow_id)
    return content.of_type(
        kind,
        body.text,
        voice_id=sim.ids.uuid(),
        target=sim.account.id,
        picture_url=sim.wire.picture(body.picture, "{size}"),
    )


def _item(sim: Simulator, body: CreateChat) -> Item:
    given = asdict(body.item)
    item_id = sim.ids.item() if body.item.id is None else body.item.id
    url = body.item.url or f"https://www.avito.ru/item/{item_id}"
    return Item(**given | {"id": item_id, "url": url})
