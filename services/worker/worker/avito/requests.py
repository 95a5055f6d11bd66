"""Each request, put together from our words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from worker.avito import operations as op
from worker.avito.errors import BadRequest, NotFound
from worker.avito.operations import Operation

CHAT_TYPES = ("u2i", "u2u", "a2u")
MAX_LIMIT = 100
MAX_OFFSET = 1000
PICTURE_FIELD = "uploadfile[]"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to upload: its bytes and what they are."""

    data: bytes
    name: str = "picture.jpg"
    content_type: str = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, without a token. At most one of `json`, `form`, `picture` is given."""

    operation: Operation
    path: str
    query: tuple[tuple[str, str], ...] = ()
    json: dict[str, Any] | None = None
    form: tuple[tuple[str, str], ...] = ()
    picture: Picture | None = None


def token(client_id: str, client_secret: str) -> Request:
    """Ask for a token by our own keys."""
    form = (("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", client_secret))
    return Request(op.TOKEN, op.TOKEN.path, form=form)


def account() -> Request:
    """Ask whose token it is."""
    return Request(op.SELF, op.SELF.path)


def chats(
    user_id: int,
    *,
    chat_types: Sequence[str] = CHAT_TYPES,
    limit: int = MAX_LIMIT,
    offset: int = 0,
    unread_only: bool = False,
) -> Request:
    """Ask for a page of chats; all three types unless said otherwise (Avito's own default is u2i)."""
    query = (("chat_types", ",".join(chat_types)), *_page(op.CHATS, limit, offset))
    unread = (("unread_only", "true"),) if unread_only else ()
    return Request(op.CHATS, _path(op.CHATS, user_id), (*query, *unread))


def chat(user_id: int, chat_id: str) -> Request:
    """Ask for one chat."""
    return Request(op.CHAT, _path(op.CHAT, user_id, chat_id))


def messages(user_id: int, chat_id: str, *, limit: int = MAX_LIMIT, offset: int = 0) -> Request:
    """Ask for a page of a chat's history, newest first."""
    path = _path(op.MESSAGES, user_id, chat_id)
    return Request(op.MESSAGES, path, _page(op.MESSAGES, limit, offset))


def send_text(user_id: int, chat_id: str, text: str) -> Request:
    """Write a text."""
    return Request(
        op.SEND, _path(op.SEND, user_id, chat_id), json={"message": {"text": text}, "type": "text"}
    )


def send_image(user_id: int, chat_id: str, image_id: str) -> Request:
    """Write a picture that was uploaded."""
    return Request(op.SEND_IMAGE, _path(op.SEND_IMAGE, user_id, chat_id), json={"image_id": image_id})


def upload_image(user_id: int, picture: Picture) -> Request:
    """Hand over a picture."""
    return Request(op.UPLOAD, _path(op.UPLOAD, user_id), picture=picture)


def delete_message(user_id: int, chat_id: str, message_id: str) -> Request:
    """Delete an own message."""
    return Request(op.DELETE, _path(op.DELETE, user_id, chat_id, message_id))


def mark_read(user_id: int, chat_id: str) -> Request:
    """Say that the chat was read."""
    return Request(op.READ, _path(op.READ, user_id, chat_id))


def blacklist(user_id: int, buyer_id: int, item_id: int | None, reason_id: int) -> Request:
    """Block a buyer. `reason_id`: 1 spam, 2 fraud, 3 insults, 4 other."""
    context = {"reason_id": reason_id} | ({} if item_id is None else {"item_id": item_id})
    body = {"users": [{"user_id": buyer_id, "context": context}]}
    return Request(op.BLACKLIST, _path(op.BLACKLIST, user_id), json=body)


def voice_files(user_id: int, voice_ids: Sequence[str]) -> Request:
    """Ask for links to voice messages."""
    return Request(op.VOICE, _path(op.VOICE, user_id), (("voice_ids", ",".join(voice_ids)),))


def subscribe(url: str) -> Request:
    """Ask for webhooks."""
    return Request(op.SUBSCRIBE, op.SUBSCRIBE.path, json={"url": url})


def unsubscribe(url: str) -> Request:
    """Ask for no more webhooks."""
    return Request(op.UNSUBSCRIBE, op.UNSUBSCRIBE.path, json={"url": url})


def subscriptions() -> Request:
    """Ask who gets webhooks."""
    return Request(op.SUBSCRIPTIONS, op.SUBSCRIPTIONS.path)


def _page(operation: Operation, limit: int, offset: int) -> tuple[tuple[str, str], ...]:
    if not (1 <= limit <= MAX_LIMIT and 0 <= offset <= MAX_OFFSET):
        raise BadRequest(operation.name, fields={"limit": f"{limit}", "offset": f"{offset}"})
    return (("limit", str(limit)), ("offset", str(offset)))


def _path(operation: Operation, user_id: int, chat_id: str = "", message_id: str = "") -> str:
    names = {"chat_id": chat_id, "message_id": message_id}
    quoted = {
        name: _segment(operation, value) for name, value in names.items() if f"{{{name}}}" in operation.path
    }
    return operation.path.format(user_id=user_id, **quoted)


def _segment(operation: Operation, text: str) -> str:
    """Ids are opaque: whatever is in them stays one segment of the path."""
    if text in ("", ".", ".."):
        raise NotFound(operation.name, why="no id")
    return quote(text, safe="~")
