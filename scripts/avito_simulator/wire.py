"""Avito's own JSON: chats, messages, webhook events."""

import json
from datetime import UTC, datetime
from random import Random
from typing import Any, Literal

from avito_simulator.faults import Switches
from avito_simulator.model import Account, Buyer, Chat, Item, Message
from avito_simulator.world import EVERYTHING, World

STUB_TEXT = "Перейдите на подписку с API мессенджера, чтобы читать сообщения"
AVATAR_SIZES = (24, 36, 48, 64, 72, 96, 128, 192, 256)
NUMBERS = frozenset({"id", "user_id", "author_id", "item_id"})
LONE_SURROGATE = r"\ud83d"

JSON = dict[str, Any]


class Wire:
    """Writes the data in Avito's form. `base_url`: the base of all our links."""

    def __init__(self, world: World, account: Account, base_url: str, rng: Random) -> None:
        self._world = world
        self._account = account
        self._base_url = base_url
        self._rng = rng

    def chat(self, chat: Chat, now: float = EVERYTHING, *, stub: bool = False) -> JSON:
        """Return a chat as lists show it at `now`; both sides are in `users` in random order."""
        users = [self._buyer(chat), {"id": self._account.id, "name": self._account.name}]
        self._rng.shuffle(users)
        written: JSON = {
            "id": chat.id,
            "created": chat.created,
            "updated": self._world.updated(chat.id, now),
            "users": users,
        }
        if chat.item is not None:
            written["context"] = {"type": "item", "value": self._item(chat.item)}
        if (last := self._world.last(chat.id, now)) is not None:
            more = {"direction": self.direction(last), "delivered": last.created}
            written["last_message"] = _core(last, stub=stub) | more
        return written

    def message(
        self,
        message: Message,
        *,
        read_field: Literal["isRead", "is_read"] = "isRead",
        stub: bool = False,
    ) -> JSON:
        """Return a message as in the history."""
        written = _core(message, stub=stub)
        written |= {"direction": self.direction(message), read_field: message.is_read}
        if message.author_id == self._account.id:
            written["read"] = message.read
        if message.quote_id is not None:
            quoted = self._world.message(message.chat_id, message.quote_id)
            written["quote"] = _core(quoted, stub=stub)
        return written

    def event(self, chat: Chat, message: Message, event_id: str, now: float) -> JSON:
        """Return the envelope of a message's webhook."""
        value = _core(message) | {
            "chat_id": chat.id,
            "user_id": self._account.id,
            "chat_type": chat.type,
            "item_id": chat.item.id if chat.item else None,
            "published_at": datetime.fromtimestamp(message.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "read": None,
        }
        return {
            "id": event_id,
            "version": "v3.0.0",
            "timestamp": int(now),
            "payload": {"type": "message", "value": value},
        }

    def subscriptions(self, urls: list[str]) -> list[JSON]:
        """Return subscribed URLs, each with the API version of the method that registered it."""
        return [{"url": url, "version": "3"} for url in urls]

    def direction(self, message: Message) -> Literal["in", "out"]:
        """Return `out` for messages of the account, else `in`."""
        return "out" if message.author_id == self._account.id else "in"

    def picture(self, name: str, size: str) -> str:
        """Return the link of a drawing."""
        return f"{self._base_url}/media/pictures/{name}/{size}.jpg"

    def upload(self, image_id: str, size: str, mark: str = "") -> str:
        """Return the link of an uploaded picture; `mark` makes another link to the same picture."""
        return f"{self._base_url}/media/uploads/{image_id}/{size}{mark}"

    def voice(self, voice_id: str, expires: int) -> str:
        """Return the link of a voice message, valid until `expires` (Unix seconds)."""
        return f"{self._base_url}/media/voice/{voice_id}.wav?exp={expires}"

    def _buyer(self, chat: Chat) -> JSON:
        buyer = chat.buyer
        if buyer.name is None:
            return {"id": buyer.id}
        item_id = {"item_id": chat.item.id} if chat.item else {}
        return {
            "id": buyer.id,
            "name": buyer.name,
            "parsing_allowed": True,
            "public_user_profile": {
                "user_id": buyer.id,
                **item_id,
                "url": f"https://avito.ru/user/{buyer.id:032x}/profile",
                "avatar": self._avatar(buyer),
            },
        }

    def _avatar(self, buyer: Buyer) -> JSON:
        start = f"{self._base_url}/media/avatars/{buyer.avatar}"
        return {
            "default": f"{start}/256.png",
            "images": {f"{size}x{size}": f"{start}/{size}.png" for size in AVATAR_SIZES},
        }

    def _item(self, item: Item) -> JSON:
        written: JSON = {
            "id": item.id,
            "title": item.title,
            "user_id": self._account.id if item.user_id is None else item.user_id,
            "status_id": item.status_id,
            "url": item.url,
            "location": {"title": item.place, "lat": item.lat, "lon": item.lon},
        }
        if item.price is not None:
            written["price_string"] = item.price
        if item.picture is not None:
            main = {"140x105": self.picture(item.picture, "140x105")}
            written["images"] = {"count": 1, "main": main}
        return written


def encode(written: Any, switches: Switches) -> bytes:
    """Return the body of a webhook or an answer, odd as the switches say."""
    text = json.dumps(_ids_as_text(written) if switches.ids_as_text else written, ensure_ascii=False)
    return (text.replace("\ufffd", LONE_SURROGATE) if switches.lone_surrogates else text).encode()


def _ids_as_text(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _ids_as_text(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_ids_as_text(part) for part in value]
    return str(value) if name in NUMBERS and isinstance(value, int) else value


def _core(message: Message, *, stub: bool = False) -> JSON:
    """Return the common fields; with `stub` a text is replaced by that of a tariff without API access."""
    hidden = stub and message.type == "text"
    return {
        "id": message.id,
        "author_id": message.author_id,
        "created": message.created,
        "type": message.type,
        "content": {"text": STUB_TEXT} if hidden else message.content,
    }
