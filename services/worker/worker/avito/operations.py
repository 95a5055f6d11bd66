"""Every operation of Avito's API that we use, as data: checked against Avito's own document."""

from dataclasses import dataclass

SEND_TIMEOUT_S = 8.0
TIMEOUT_S = 10.0
UPLOAD_TIMEOUT_S = 60.0

_V1 = "/messenger/v1/accounts/{user_id}"
_V2 = "/messenger/v2/accounts/{user_id}"
_V3 = "/messenger/v3/accounts/{user_id}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `changes`: done twice it may show, so a lost answer leaves its outcome unknown."""

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
