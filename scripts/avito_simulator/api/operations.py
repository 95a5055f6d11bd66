"""All documented operations in one table."""

from starlette.routing import Route

from avito_simulator.api import accounts, chats, files, messages, webhooks
from avito_simulator.api.guard import Operation
from avito_simulator.simulator import Simulator

_ACCOUNT = "/messenger/v{n}/accounts/{{user_id:int}}"
_V1, _V2, _V3 = (_ACCOUNT.format(n=n) for n in (1, 2, 3))

OPERATIONS = (
    Operation("token", "POST", "/token", accounts.token, paid=False, needs_token=False),
    Operation("self", "GET", "/core/v1/accounts/self", accounts.self_info, paid=False),
    Operation("chats", "GET", f"{_V2}/chats", chats.chats),
    Operation("chat", "GET", f"{_V2}/chats/{{chat_id}}", chats.chat),
    Operation("messages", "GET", f"{_V3}/chats/{{chat_id}}/messages/", messages.messages),
    Operation("send", "POST", f"{_V1}/chats/{{chat_id}}/messages", messages.send_text),
    Operation("send_image", "POST", f"{_V1}/chats/{{chat_id}}/messages/image", messages.send_image),
    Operation("upload", "POST", f"{_V1}/uploadImages", files.upload),
    Operation("delete", "POST", f"{_V1}/chats/{{chat_id}}/messages/{{message_id}}", messages.delete),
    Operation("read", "POST", f"{_V1}/chats/{{chat_id}}/read", chats.read),
    Operation("blacklist", "POST", f"{_V2}/blacklist", chats.blacklist),
    Operation("voice", "GET", f"{_V1}/getVoiceFiles", files.voice_files),
    Operation("subscribe", "POST", "/messenger/v3/webhook", webhooks.subscribe, paid=False),
    Operation("unsubscribe", "POST", "/messenger/v1/webhook/unsubscribe", webhooks.unsubscribe, paid=False),
    Operation("subscriptions", "POST", "/messenger/v1/subscriptions", webhooks.subscriptions, paid=False),
)
NAMES = tuple(operation.name for operation in OPERATIONS)


def routes(sim: Simulator) -> list[Route]:
    """Return a route for each operation; /token/ is /token."""
    table = [Route(one.path, one.endpoint(sim), methods=[one.method]) for one in OPERATIONS]
    return [*table, Route("/token/", OPERATIONS[0].endpoint(sim), methods=["POST"])]
