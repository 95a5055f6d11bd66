"""All documented operations in one table."""

from starlette.routing import Route

from avito_simulator.api import accounts, chats, files, messages, oauth, webhooks
from avito_simulator.api.guard import Operation, Right
from avito_simulator.simulator import Simulator

_ACCOUNT = "/messenger/v{n}/accounts/{{user_id:int}}"
_V1, _V2, _V3 = (_ACCOUNT.format(n=n) for n in (1, 2, 3))
_ITEM = "/core/v1/accounts/{user_id:int}/items/{item_id:int}/"
_READ: Right = "messenger:read"
_WRITE: Right = "messenger:write"

OPERATIONS = (
    Operation("token", "POST", "/token", oauth.token, None, paid=False),
    Operation("self", "GET", "/core/v1/accounts/self", accounts.self_info, "user:read", paid=False),
    Operation("item", "GET", _ITEM, accounts.item_info, "items:info", paid=False),
    Operation("items", "GET", "/core/v1/items", accounts.items, "items:info", paid=False),
    Operation("chats", "GET", f"{_V2}/chats", chats.chats, _READ),
    Operation("chat", "GET", f"{_V2}/chats/{{chat_id}}", chats.chat, _READ),
    Operation("messages", "GET", f"{_V3}/chats/{{chat_id}}/messages/", messages.messages, _READ),
    Operation("send", "POST", f"{_V1}/chats/{{chat_id}}/messages", messages.send_text, _WRITE),
    Operation("send_image", "POST", f"{_V1}/chats/{{chat_id}}/messages/image", messages.send_image, _WRITE),
    Operation("upload", "POST", f"{_V1}/uploadImages", files.upload, _WRITE),
    Operation("delete", "POST", f"{_V1}/chats/{{chat_id}}/messages/{{message_id}}", messages.delete, _WRITE),
    Operation("read", "POST", f"{_V1}/chats/{{chat_id}}/read", chats.read, _READ),
    Operation("blacklist", "POST", f"{_V2}/blacklist", chats.blacklist, _WRITE),
    Operation("voice", "GET", f"{_V1}/getVoiceFiles", files.voice_files, _READ),
    Operation("subscribe", "POST", "/messenger/v3/webhook", webhooks.subscribe, _READ, paid=False),
    Operation(
        "unsubscribe", "POST", "/messenger/v1/webhook/unsubscribe", webhooks.unsubscribe, _READ, paid=False
    ),
    Operation(
        "subscriptions", "POST", "/messenger/v1/subscriptions", webhooks.subscriptions, _READ, paid=False
    ),
)
NAMES = tuple(operation.name for operation in OPERATIONS)


def routes(sim: Simulator) -> list[Route]:
    """Return a route for each operation, and the variants of /token that switches allow."""
    table = [Route(one.path, one.endpoint(sim), methods=[one.method]) for one in OPERATIONS]
    token = OPERATIONS[0].endpoint(sim)
    return [
        *table,
        Route("/token", token, methods=["GET"]),
        Route("/token/", token, methods=["GET", "POST"]),
    ]
