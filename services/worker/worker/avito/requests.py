"""Every operation of Avito's API that we use, as data, and what a request is made of. Pure."""

import math
import re
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote, unquote

from worker.avito.errors import BadRequest, NotFound
from worker.messages.fields import LONGEST_ID

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

CHAT_TYPES = ("u2i", "u2u", "a2u")
MAX_LIMIT = 100
MAX_OFFSET = 1000
PICTURE_FIELD = "uploadfile[]"
_DECODED_BY_PROXIES = 4
_IN_NO_ID = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")

Query: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to upload."""

    data: bytes
    name: str = "picture.jpg"
    content_type: str = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, without a token. At most one of `json`, `form`, `picture` is given.

    `within_s`: the longest time for its answer, where the operation leaves more.
    """

    operation: Operation
    path: str
    query: Query = ()
    json: dict[str, Any] | None = None
    form: Query = ()
    picture: Picture | None = None
    within_s: float = math.inf


def token(client_id: str, client_secret: str) -> Request:
    """Ask for a token by our own keys."""
    form = (("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", client_secret))
    return Request(TOKEN, path_of(TOKEN), form=form)


def page_query(operation: Operation, limit: int, offset: int) -> Query:
    """Return the query for a page; raises BadRequest for one that Avito does not give."""
    if not (1 <= limit <= MAX_LIMIT and 0 <= offset <= MAX_OFFSET):
        raise BadRequest(operation.name, fields={"limit": f"{limit}", "offset": f"{offset}"})
    return (("limit", str(limit)), ("offset", str(offset)))


def path_of(operation: Operation, user_id: int = 0, **ids: str) -> str:
    """Return the path of a request: every path is made here. Each id stays one segment.

    Raises NotFound for what no id of Avito's looks like.
    """
    if not all(is_real_id(text) for text in ids.values()):
        raise NotFound(operation.name, why="not an id of Avito's")
    return operation.path.format(
        user_id=user_id, **{name: quote(text, safe="~") for name, text in ids.items()}
    )


def is_real_id(text: str) -> bool:
    """Tell whether an id may go into a path: it stays one segment, also where a proxy decodes it first."""
    if len(text) > LONGEST_ID:
        return False
    for _ in range(_DECODED_BY_PROXIES):
        # Some proxies take what follows a semicolon for a parameter of the segment.
        if _IN_NO_ID.search(text) or text.partition(";")[0].strip() in ("", ".", ".."):
            return False
        try:
            decoded = unquote(text, errors="strict")
        except UnicodeDecodeError:
            return False
        if decoded == text:
            return True
        text = decoded
    return False
