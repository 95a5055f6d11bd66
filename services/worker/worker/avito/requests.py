"""Every operation of Avito's API that we use, as data, and the request for each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from worker.avito.errors import BadRequest, NotFound

SEND_TIMEOUT_S = 8.0
TIMEOUT_S = 10.0
UPLOAD_TIMEOUT_S = 60.0

_V1 = "/messenger/v1/accounts/{user_id}"
_V2 = "/messenger/v2/accounts/{user_id}"
_V3 = "/messenger/v3/accounts/{user_id}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `changes`: doing it twice may show, so a lost response leaves the outcome unknown."""

    name: str
    method: str
    path: str
    changes: bool = False
    timeout_s: float = TIMEOUT_S


TOKEN = Operation("token", "POST", "/token")
SELF = Operation("self", "GET", "/core/v1/accounts/self")
CHATS = Operation("chats", "GET", f"{_V2}/chats")
CHAT = Operation("chat", "GET", f"{_V2}/chats/{{chat_id}}")
MESSAGES = Operation("messages", "GET", f"{_V3}/chats/{{chat_id}}/messages/")
SEND = Operation("send", "POST", f"{_V1}/chats/{{chat_id}}/messages", changes=True, timeout_s=SEND_TIMEOUT_S)
SEND_IMAGE = Operation(
    "send_image", "POST", f"{_V1}/chats/{{chat_id}}/messages/image", changes=True, timeout_s=SEND_TIMEOUT_S
)
UPLOAD = Operation("upload", "POST", f"{_V1}/uploadImages", timeout_s=UPLOAD_TIMEOUT_S)
DELETE = Operation("delete", "POST", f"{_V1}/chats/{{chat_id}}/messages/{{message_id}}", changes=True)
READ = Operation("read", "POST", f"{_V1}/chats/{{chat_id}}/read", changes=True)
BLACKLIST = Operation("blacklist", "POST", f"{_V2}/blacklist", changes=True)
VOICE = Operation("voice", "GET", f"{_V1}/getVoiceFiles")
SUBSCRIBE = Operation("subscribe", "POST", "/messenger/v3/webhook", changes=True)
UNSUBSCRIBE = Operation("unsubscribe", "POST", "/messenger/v1/webhook/unsubscribe", changes=True)
SUBSCRIPTIONS = Operation("subscriptions", "POST", "/messenger/v1/subscriptions")

ALL = (
    *(TOKEN, SELF, CHATS, CHAT, MESSAGES, SEND, SEND_IMAGE, UPLOAD, DELETE),
    *(READ, BLACKLIST, VOICE, SUBSCRIBE, UNSUBSCRIBE, SUBSCRIPTIONS),
)


CHAT_TYPES = ("u2i", "u2u", "a2u")
MAX_LIMIT = 100
MAX_OFFSET = 1000
PICTURE_FIELD = "uploadfile[]"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to upload."""

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
    return Request(TOKEN, TOKEN.path, form=form)


def account() -> Request:
    """Ask which account the token belongs to."""
    return Request(SELF, SELF.path)


def chats(
    user_id: int,
    *,
    chat_types: Sequence[str] = CHAT_TYPES,
    limit: int = MAX_LIMIT,
    offset: int = 0,
    unread_only: bool = False,
) -> Request:
    """Ask for a page of chats; all three types unless said otherwise (Avito's own default is u2i)."""
    query = (("chat_types", ",".join(chat_types)), *_page(CHATS, limit, offset))
    unread = (("unread_only", "true"),) if unread_only else ()
    return Request(CHATS, _path(CHATS, user_id), (*query, *unread))


def chat(user_id: int, chat_id: str) -> Request:
    """Ask for one chat."""
    return Request(CHAT, _path(CHAT, user_id, chat_id))


def messages(user_id: int, chat_id: str, *, limit: int = MAX_LIMIT, offset: int = 0) -> Request:
    """Ask for a page of a chat's history, newest first."""
    path = _path(MESSAGES, user_id, chat_id)
    return Request(MESSAGES, path, _page(MESSAGES, limit, offset))


def send_text(user_id: int, chat_id: str, text: str) -> Request:
    """Send a text."""
    return Request(SEND, _path(SEND, user_id, chat_id), json={"message": {"text": text}, "type": "text"})


def send_image(user_id: int, chat_id: str, image_id: str) -> Request:
    """Send a picture that was uploaded."""
    return Request(SEND_IMAGE, _path(SEND_IMAGE, user_id, chat_id), json={"image_id": image_id})


def upload_image(user_id: int, picture: Picture) -> Request:
    """Upload a picture."""
    return Request(UPLOAD, _path(UPLOAD, user_id), picture=picture)


def delete_message(user_id: int, chat_id: str, message_id: str) -> Request:
    """Delete a message of the account."""
    return Request(DELETE, _path(DELETE, user_id, chat_id, message_id))


def mark_read(user_id: int, chat_id: str) -> Request:
    """Mark a chat as read."""
    return Request(READ, _path(READ, user_id, chat_id))


def blacklist(user_id: int, buyer_id: int, item_id: int | None, reason_id: int) -> Request:
    """Block a buyer. `reason_id`: 1 spam, 2 fraud, 3 insults, 4 other."""
    context = {"reason_id": reason_id} | ({} if item_id is None else {"item_id": item_id})
    body = {"users": [{"user_id": buyer_id, "context": context}]}
    return Request(BLACKLIST, _path(BLACKLIST, user_id), json=body)


def voice_files(user_id: int, voice_ids: Sequence[str]) -> Request:
    """Ask for links to voice messages."""
    return Request(VOICE, _path(VOICE, user_id), (("voice_ids", ",".join(voice_ids)),))


def subscribe(url: str) -> Request:
    """Ask for webhooks at a URL."""
    return Request(SUBSCRIBE, SUBSCRIBE.path, json={"url": url})


def unsubscribe(url: str) -> Request:
    """End the webhooks at a URL."""
    return Request(UNSUBSCRIBE, UNSUBSCRIBE.path, json={"url": url})


def subscriptions() -> Request:
    """Ask which URLs get webhooks."""
    return Request(SUBSCRIPTIONS, SUBSCRIPTIONS.path)


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
    """Ids are opaque: each stays one segment of the path, with any characters."""
    if text in ("", ".", ".."):
        raise NotFound(operation.name, why="no id")
    return quote(text, safe="~")
